"""Marking films for the nightly sync, and deleting texts that may not be kept any longer."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from movies.models import Movie, SyncState
from movies.providers.due import KEPT_FOR, films_of_tmdb, films_without_details

# Texts and pictures are protected by copyright and are deleted; the other fields may stay.
TEXTS = ("overview", "tagline", "poster_source", "backdrop_source", "trailer")


@transaction.atomic
def request_details(pks: Collection[int]) -> int:
    """Put films first in the next night's details; return how many were not requested already."""
    films = Movie.objects.filter(pk__in=pks, tmdb_id__isnull=False).values_list("pk", flat=True)
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in films], ignore_conflicts=True)
    return SyncState.objects.filter(movie__in=pks, details_wanted=False).update(details_wanted=True)


@transaction.atomic
def request_completion(pks: Collection[int]) -> None:
    """Mark catalogue films without details, to be fetched as soon as possible; they may have an IMDb id only."""
    films = [pk for pk, _, _ in films_without_details(pks)]
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in films], ignore_conflicts=True)
    SyncState.objects.filter(movie__in=films, details_wanted=False).update(details_wanted=True)


def end_completion(pk: int) -> None:
    """Remove the mark of a film for which TMDB has no details; the night asks again for one with a TMDB id."""
    SyncState.objects.filter(movie=pk, details_synced_at=None).update(details_wanted=False)


def mark_changed(tmdb_ids: Collection[int], before: datetime) -> int:
    """Request the details of those films that were last fetched `before`; return how many were newly requested.

    Films without details are due anyway.
    """
    outdated = Q(sync_state__details_synced_at__lt=before) | Q(sync_state__tmdb_vanished_at__lt=before)
    films = films_of_tmdb().filter(outdated, tmdb_id__in=tmdb_ids)
    return request_details(list(films.values_list("pk", flat=True)))


@transaction.atomic
def mark_vanished(tmdb_ids: Collection[int]) -> int:
    """Record that TMDB has deleted these films, which stay in the catalogue; return how many were newly marked.

    They no longer come soon: the date of our region was TMDB's.
    """
    pks = list(films_of_tmdb().filter(tmdb_id__in=tmdb_ids).values_list("pk", flat=True))
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in pks], ignore_conflicts=True)
    Movie.objects.filter(pk__in=pks).exclude(region="").update(region="", region_date=None, updated_at=Now())
    states = SyncState.objects.filter(movie__in=pks)
    newly_marked = states.filter(tmdb_vanished_at=None).update(tmdb_vanished_at=Now())
    states.update(details_wanted=False, tmdb_asked_at=Now())
    return newly_marked


@transaction.atomic
def drop_expired_texts() -> int:
    """Delete TMDB's texts of films that TMDB has deleted and that were not refreshed for KEPT_FOR.

    Locked fields, which a manager wrote, stay. Return the number of films.
    """
    oldest = timezone.now() - KEPT_FOR
    unrefreshed = Q(sync_state__details_synced_at__lt=oldest) | Q(
        sync_state__details_synced_at=None, created_at__lt=oldest
    )
    films = films_of_tmdb().filter(
        unrefreshed, sync_state__tmdb_vanished_at__isnull=False, sync_state__texts_dropped_at=None
    )
    pks = list(films.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    emptied = {
        name: Case(When(locked_fields__contains=[name], then=F(name)), default=Value(""), output_field=TextField())
        for name in TEXTS
    }
    Movie.objects.filter(pk__in=pks).update(**emptied, updated_at=Now())
    SyncState.objects.filter(movie__in=pks).update(texts_dropped_at=Now())
    return len(pks)
