"""The waiting lists in the admin, to read only: offers are made automatically."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from cinema.admin import filters
from cinema.admin.display import film_link, format_person, format_start
from cinema.models import Waiting
from cinema.queries.waiting_list import with_place
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin
from movies.queries.films import DETAIL_ONLY

STATES = {"waiting": "info", "offered": "warning", "got seats": "success"}


class WaitingStateFilter(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Waiting, or offered seats"), *Waiting.Outcome.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value == "open":
            return queryset.filter(ended_at=None)
        return queryset.filter(outcome=value) if value in Waiting.Outcome.values else None


@admin.register(Waiting)
class WaitingAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["joined_at", "film", "begins", "who", "quantity", "place", "state", "offer_ends_at"]
    list_filter = [WaitingStateFilter, filters.SessionDayFilter, filters.SessionRoomFilter]
    list_per_page = 50
    search_fields = ["user__username", "user__email", "session__movie__title"]
    search_help_text = "Username, email or title of the film"
    ordering = ["-joined_at", "-id"]
    fields = ["who", ("film", "begins"), "quantity", "joined_at", ("state", "place"), ("offer_ends_at", "ended_at")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Waiting]:
        rows: QuerySet[Waiting] = super().get_queryset(request)
        unread = (f"session__movie__{name}" for name in DETAIL_ONLY)
        return with_place(rows).select_related("user", "session__movie").defer(*unread)

    @admin.display(description="Film", ordering="session__movie__title")
    def film(self, entry: Waiting) -> SafeString:
        return film_link(entry.session)

    @admin.display(description="Session", ordering="session__starts_at")
    def begins(self, entry: Waiting) -> str:
        return format_start(entry.session)

    @admin.display(description="Who", ordering="user__username")
    def who(self, entry: Waiting) -> str:
        return format_person(entry.user)

    @admin.display(description="Place")
    def place(self, entry: Any) -> str:
        return str(entry.place) if not entry.ended_at and entry.place else ""

    @display(description="State", label=STATES)
    def state(self, entry: Waiting) -> str:
        if entry.ended_at:
            return entry.get_outcome_display()
        return "offered" if entry.offer_id else "waiting"
