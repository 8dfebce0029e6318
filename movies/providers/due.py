"""Queries for the films whose turn it is in a nightly sync."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from movies.models import Movie

# TMDB's terms: no data may be kept longer than this without being refreshed.
KEPT_FOR = timedelta(days=180)


def films_due_for_details(older_than: datetime, limit: int) -> list[int]:
    """Return keys of catalogue films to ask TMDB about, most urgent first.

    First films whose data is about to exceed KEPT_FOR; then films that changed at TMDB, were requested, were never
    fetched or were fetched before `older_than`, each by popularity. A film that TMDB has deleted is asked about on
    request, and when it was asked about before `older_than`: it may be back, or go on under another id.
    """
    soon_expired = Q(sync_state__details_synced_at__lt=timezone.now() - KEPT_FOR)
    never = Q(sync_state=None) | Q(sync_state__details_synced_at=None)
    here = Q(sync_state=None) | Q(sync_state__tmdb_vanished_at=None)
    unasked = Q(sync_state__tmdb_asked_at=None) | Q(sync_state__tmdb_asked_at__lt=older_than)
    gone = Q(sync_state__tmdb_vanished_at__isnull=False) & unasked
    due = Q(sync_state__details_wanted=True) | gone | (here & (never | Q(sync_state__details_synced_at__lt=older_than)))
    expired = Case(When(soon_expired, then=Value(1)), default=Value(0))
    films = films_of_tmdb().filter(due).annotate(expired=expired)
    return list(films.order_by("-expired", "-popularity", "-pk").values_list("pk", flat=True)[:limit])


def films_due_for_ratings(older_than: datetime, limit: int) -> list[int]:
    """Return keys of catalogue films that OMDb was never asked about, or before `older_than`; by popularity."""
    never = Q(sync_state=None) | Q(sync_state__omdb_synced_at=None)
    films = Movie.objects.filter(owner=None, imdb_id__isnull=False)
    films = films.filter(never | Q(sync_state__omdb_synced_at__lt=older_than))
    return list(films.order_by("-popularity", "-pk").values_list("pk", flat=True)[:limit])


def films_due_for_posters(limit: int) -> list[int]:
    """Return keys of catalogue films whose poster differs from the provider's picture, by popularity.

    After a failure a film waits for its next try, or for another picture. Posters by hand are left alone.
    """
    wanted = (
        ~Q(poster_source="")
        & ~has_current_poster()
        & (~has_failed_poster() | Q(sync_state__poster_retry_at__lte=Now()))
    )
    outdated = Q(poster_source="") & ~Q(poster_key="") & Q(sync_state__poster_key_stored=F("poster_key"))
    films = films_without_poster_by_hand().filter(wanted | outdated)
    return list(films.order_by("-popularity", "-pk").values_list("pk", flat=True)[:limit])


def films_without_details(pks: Collection[int]) -> list[tuple[int, int | None, str]]:
    """Return (key, TMDB id, IMDb id) of those catalogue films that have an id, but no details yet."""
    films = Movie.objects.filter(pk__in=pks, owner=None).exclude(tmdb_id=None, imdb_id=None)
    films = films.filter(Q(sync_state=None) | Q(sync_state__details_synced_at=None))
    return [(pk, tmdb_id, imdb_id or "") for pk, tmdb_id, imdb_id in films.values_list("pk", "tmdb_id", "imdb_id")]


def films_to_complete(limit: int = 100) -> list[int]:
    """Return keys of catalogue films whose first details were requested and have not come yet."""
    films = Movie.objects.filter(owner=None, sync_state__details_wanted=True, sync_state__details_synced_at=None)
    films = films.exclude(tmdb_id=None, imdb_id=None)
    return list(films.order_by("pk").values_list("pk", flat=True)[:limit])


def films_of_tmdb() -> QuerySet[Movie]:
    """Catalogue films with a TMDB id."""
    return Movie.objects.filter(owner=None, tmdb_id__isnull=False)


def films_without_poster_by_hand() -> QuerySet[Movie]:
    """Catalogue films whose poster the sync may change."""
    return Movie.objects.filter(owner=None).exclude(locked_fields__contains=["poster_source"])


def has_current_poster() -> Q:
    """Match films whose poster was made from the picture that the provider shows."""
    return Q(sync_state__poster_source_stored=F("poster_source"), sync_state__poster_key_stored=F("poster_key")) & ~Q(
        poster_key=""
    )


def has_failed_poster() -> Q:
    """Match films whose picture at the provider could not be fetched."""
    return ~Q(poster_source="") & Q(sync_state__poster_source_failed=F("poster_source"))
