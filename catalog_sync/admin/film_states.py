"""The admin of the sync state of films, with an action that refreshes them."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalog_sync.id_export import awaited
from catalog_sync.models import FilmState
from catalog_sync.nightly.run_now import refresh_films
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin
from movies.admin.filters import YesNoFilter
from movies.models import Movie, SyncState
from movies.providers.due import has_failed_poster
from movies.search.matching import search

# They keep a worker busy for about a minute.
MAX_REFRESHED = 500


class StaleFilter(YesNoFilter):
    title, parameter_name = "stale", "stale"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie] | None:
        before = timezone.now() - timedelta(days=settings.TMDB_DETAILS_DAYS)
        never = Q(sync_state=None) | Q(sync_state__details_synced_at=None)
        self.yes = never | Q(sync_state__details_synced_at__lt=before)
        return super().queryset(request, queryset)


class VanishedFilter(YesNoFilter):
    title, parameter_name = "vanished from TMDB", "vanished"
    yes = Q(sync_state__tmdb_vanished_at__isnull=False)


class PosterFailedFilter(YesNoFilter):
    title, parameter_name = "poster failed", "poster_failed"
    yes = has_failed_poster()


@admin.register(FilmState)
class FilmStateAdmin(ReadOnlyAdmin, ModelAdmin):
    SHOWN = ["title", "year", "details", "vanished", "ratings", "poster", "poster_tried", "poster_retry"]

    list_display = SHOWN
    fields = [*SHOWN, "tmdb_id"]
    list_filter = [StaleFilter, VanishedFilter, PosterFailedFilter]
    list_select_related = ["sync_state"]
    list_per_page = 50
    search_fields = ["title"]
    ordering = ["-popularity", "-id"]
    actions = ["refresh"]
    list_before_template = "admin/catalog_sync/awaited.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[FilmState]:
        """Return the films of the catalogue with a TMDB id."""
        films: QuerySet[FilmState] = super().get_queryset(request)
        return films.filter(owner=None, tmdb_id__isnull=False).defer("search_vector")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "awaited": _describe_awaited()})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search as visitors do."""
        films = search(queryset, search_term).films if search_term.strip() else queryset
        return (films.order_by(*queryset.query.order_by) if "o" in request.GET else films), False

    @admin.display(description="Details", ordering="sync_state__details_synced_at")
    def details(self, film: FilmState) -> str:
        state = _state_of(film)
        requested = " Requested." if state.details_wanted else ""
        return f"{_format_time(state.details_synced_at) or 'Never.'}{requested}"

    @admin.display(description="Vanished", ordering="sync_state__tmdb_vanished_at")
    def vanished(self, film: FilmState) -> str:
        return _format_time(_state_of(film).tmdb_vanished_at)

    @admin.display(description="Ratings", ordering="sync_state__omdb_synced_at")
    def ratings(self, film: FilmState) -> str:
        return _format_time(_state_of(film).omdb_synced_at)

    @admin.display(description="Poster", ordering="sync_state__poster_failures")
    def poster(self, film: FilmState) -> str:
        state = _state_of(film)
        if "poster_source" in film.locked_fields:
            return "Set by a manager."
        if film.poster_source and state.poster_source_failed == film.poster_source:
            times = "once" if state.poster_failures == 1 else f"{state.poster_failures} times"
            return f"Failed {times}. {state.poster_problem}"
        if not film.poster_source:
            return "None at TMDB."
        return "Stored." if film.poster_key else "Not fetched yet."

    @admin.display(description="Poster tried", ordering="sync_state__poster_tried_at")
    def poster_tried(self, film: FilmState) -> str:
        return _format_time(_state_of(film).poster_tried_at)

    @admin.display(description="Retry from", ordering="sync_state__poster_retry_at")
    def poster_retry(self, film: FilmState) -> str:
        return _format_time(_state_of(film).poster_retry_at)

    @admin.action(description="Refresh now: details and poster", permissions=["view"])
    def refresh(self, request: HttpRequest, queryset: QuerySet[FilmState]) -> None:
        films = list(queryset.order_by("-popularity", "-pk").values_list("pk", flat=True)[: MAX_REFRESHED + 1])
        if len(films) > MAX_REFRESHED:
            self.message_user(request, f"Choose at most {MAX_REFRESHED} films.", messages.ERROR)
            return
        refresh_films(films)
        subject = "1 film is" if len(films) == 1 else f"{len(films)} films are"
        self.message_user(request, f"{subject} being refreshed: a worker starts in a moment.", messages.SUCCESS)


def _describe_awaited() -> str:
    """Return a sentence about the films of the id export that the nights have still to fetch; empty without any."""
    waiting, each = awaited.count(), settings.TMDB_NEW_PER_NIGHT
    if not waiting:
        return ""
    subject = "1 film" if waiting == 1 else f"{waiting:,} films"
    nights = -(-waiting // each) if each else 0
    if not nights:
        return f"{subject} of TMDB’s id export not fetched yet. No night does, because TMDB_NEW_PER_NIGHT is 0."
    when = "the next night" if nights == 1 else f"{nights:,} nights, {each:,} in each, the most popular first"
    return f"{subject} of TMDB’s id export not fetched yet: to come in {when}."


def _state_of(film: Movie) -> SyncState:
    """Return the state of the film; an empty one for a film that was only in a list."""
    return getattr(film, "sync_state", None) or SyncState(movie=film)


def _format_time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
