"""Which films come next at night: a few queries over films and their SyncState."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from movies.models import Movie

# TMDB's terms: nothing may be kept for longer without being refreshed.
KEPT_FOR = timedelta(days=180)


def due_for_details(older_than: datetime, limit: int) -> list[int]:
    """Keys of catalogue films to ask TMDB about, most urgent first.

    First what nearly must not be kept any longer; then what changed there or was asked for, never came in, or came
    in before `older_than`: the most popular first. A film that vanished is asked about only when wanted.
    """
    soon_expired = Q(sync_state__details_synced_at__lt=timezone.now() - KEPT_FOR)
    never = Q(sync_state=None) | Q(sync_state__details_synced_at=None)
    here = Q(sync_state=None) | Q(sync_state__tmdb_vanished_at=None)
    due = Q(sync_state__details_wanted=True) | (here & (never | Q(sync_state__details_synced_at__lt=older_than)))
    expired = Case(When(soon_expired, then=Value(1)), default=Value(0))
    films = catalogue_of_tmdb().filter(due).annotate(expired=expired)
    return list(films.order_by("-expired", "-popularity", "-pk").values_list("pk", flat=True)[:limit])


def due_for_ratings(older_than: datetime, limit: int) -> list[int]:
    """Keys of catalogue films to ask OMDb about: never asked, or before `older_than`; the most popular first."""
    never = Q(sync_state=None) | Q(sync_state__omdb_synced_at=None)
    films = Movie.objects.filter(owner=None, imdb_id__isnull=False)
    films = films.filter(never | Q(sync_state__omdb_synced_at__lt=older_than))
    return list(films.order_by("-popularity", "-pk").values_list("pk", flat=True)[:limit])


def due_for_posters(limit: int) -> list[int]:
    """Keys of catalogue films whose poster is not what the provider shows, the most popular first.

    Those whose picture did not come in wait for their time, or for another picture. A poster by hand is left alone.
    """
    wanted = ~Q(poster_source="") & ~poster_in_place() & (~poster_failed() | Q(sync_state__poster_retry_at__lte=Now()))
    gone = Q(poster_source="") & ~Q(poster_key="") & Q(sync_state__poster_key_stored=F("poster_key"))
    films = poster_not_by_hand().filter(wanted | gone)
    return list(films.order_by("-popularity", "-pk").values_list("pk", flat=True)[:limit])


def lacking_details(pks: Collection[int]) -> list[tuple[int, int | None, str]]:
    """(key, TMDB id, IMDb id) of those catalogue films whose details never came in, and that have either id."""
    films = Movie.objects.filter(pk__in=pks, owner=None).exclude(tmdb_id=None, imdb_id=None)
    films = films.filter(Q(sync_state=None) | Q(sync_state__details_synced_at=None))
    return [(pk, tmdb_id, imdb_id or "") for pk, tmdb_id, imdb_id in films.values_list("pk", "tmdb_id", "imdb_id")]


def poster_not_by_hand() -> QuerySet[Movie]:
    return Movie.objects.filter(owner=None).exclude(locked_fields__contains=["poster_source"])


def poster_in_place() -> Q:
    """The film shows what was made of the picture that the provider shows."""
    return Q(sync_state__poster_source_stored=F("poster_source"), sync_state__poster_key_stored=F("poster_key")) & ~Q(
        poster_key=""
    )


def poster_failed() -> Q:
    """The picture that the provider shows did not come in."""
    return ~Q(poster_source="") & Q(sync_state__poster_source_failed=F("poster_source"))


def catalogue_of_tmdb() -> QuerySet[Movie]:
    return Movie.objects.filter(owner=None, tmdb_id__isnull=False)
