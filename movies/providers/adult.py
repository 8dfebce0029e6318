"""Films that TMDB flags as adult: they leave the public catalogue, unless a manager decides otherwise.

A film on the programme stays until a manager decides. Ratings, watchlists and tickets stay in any case.
"""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from movies.models import Movie, SyncState
from movies.queries.films import catalogue_films
from movies.search.vocabulary import learn_words

Decision = SyncState.AdultDecision


@transaction.atomic
def flag_films(flags: Mapping[int, bool | None]) -> int:
    """Store TMDB's flags, {TMDB id: is adult, or None: it does not say}; films that we don't have are left out.

    Return how many films were flagged now that were not before.
    """
    adult = _keys_of([tmdb_id for tmdb_id, is_adult in flags.items() if is_adult])
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in adult], ignore_conflicts=True)
    newly = SyncState.objects.filter(movie__in=adult, adult_flagged_at=None).update(adult_flagged_at=Now())
    _withdraw_undecided(adult)
    _clear([tmdb_id for tmdb_id, is_adult in flags.items() if is_adult is False])
    return newly


@transaction.atomic
def decide(movie: Movie, decision: Decision) -> None:
    """Store a manager's decision about a flagged film, and list or withdraw it."""
    films = catalogue_films().filter(pk=movie.pk, sync_state__adult_flagged_at__isnull=False)
    pks = list(films.select_for_update(of=("self",)).values_list("pk", flat=True))
    SyncState.objects.filter(movie__in=pks).update(adult_decision=decision)
    if decision == Decision.HIDDEN:
        _withdraw(pks)
    else:
        _list_again(pks)


def take_over(kept: Movie, dropped: Movie) -> None:
    """Give `kept` the flag of `dropped`, which is merged into it, and a manager's decision if it has none itself.

    Both rows are locked; `kept` needs no reload.
    """
    theirs = SyncState.objects.filter(movie=dropped.pk, adult_flagged_at__isnull=False).first()
    if theirs is None:
        return
    ours, _ = SyncState.objects.get_or_create(movie_id=kept.pk)
    ours.adult_flagged_at = ours.adult_flagged_at or theirs.adult_flagged_at
    ours.save(update_fields=["adult_flagged_at"])
    if decision := ours.adult_decision or theirs.adult_decision:
        decide(kept, Decision(decision))
    else:
        _withdraw_undecided([kept.pk])
    kept.refresh_from_db(fields=["withdrawn"])


def _clear(tmdb_ids: Collection[int]) -> None:
    """Forget the flag of films that TMDB no longer flags; what a manager withdrew stays withdrawn."""
    states = SyncState.objects.filter(movie__tmdb_id__in=tmdb_ids, adult_flagged_at__isnull=False)
    states = states.exclude(adult_decision=Decision.HIDDEN)
    if pks := list(states.values_list("movie_id", flat=True)):
        SyncState.objects.filter(movie__in=pks).update(adult_flagged_at=None, adult_decision="")
        _list_again(pks)


def _withdraw_undecided(pks: Collection[int]) -> None:
    undecided = Q(owner=None, sync_state__adult_decision="")
    is_shown = Q(showing_until__gte=Now())
    _withdraw(Movie.objects.filter(undecided, ~is_shown, pk__in=pks).values_list("pk", flat=True))


def _withdraw(pks: Collection[int]) -> None:
    Movie.objects.filter(pk__in=pks, withdrawn=False).update(withdrawn=True, updated_at=Now())


def _list_again(pks: Collection[int]) -> None:
    if Movie.objects.filter(pk__in=pks, withdrawn=True).update(withdrawn=False, updated_at=Now()):
        transaction.on_commit(learn_words)


def _keys_of(tmdb_ids: Collection[int]) -> list[int]:
    """Return the keys of the films, locked in their order."""
    films = catalogue_films().filter(tmdb_id__in=tmdb_ids).order_by("pk").select_for_update(no_key=True)
    return list(films.values_list("pk", flat=True)) if tmdb_ids else []
