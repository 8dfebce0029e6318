"""Which films come next at night: a few queries over films and their SyncState."""

from datetime import datetime, timedelta

from django.db.models import Case, Q, QuerySet, Value, When
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


def catalogue_of_tmdb() -> QuerySet[Movie]:
    return Movie.objects.filter(owner=None, tmdb_id__isnull=False)
