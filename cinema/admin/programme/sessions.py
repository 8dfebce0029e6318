"""Sessions in the admin. All writes go through cinema.programme."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from cinema.admin import filters
from cinema.admin.display import STATE_COLOURS, count_of, occupancy_bar, session_state
from cinema.admin.programme.copies import CopyMixin
from cinema.admin.programme.session_forms import SessionForm
from cinema.admin.programme.several import SeveralMixin
from cinema.admin.programme.timeline import TimelineMixin
from cinema.admin.widgets import search_box
from cinema.core.local_time import format_moment, to_local
from cinema.models import MovieSession
from cinema.programme import removal, scheduling
from cinema.queries import days, tickets
from cinema.queries.seats import seat_map
from cinema.queries.sessions import not_over, with_seat_counts
from cinema.rooms.seat_plan import STAFF_WORDS, lay_out
from common.admin.base import ModelAdmin
from common.admin.mixins import WriteFunctionAdmin, WriteRefused, convert_refusals
from common.errors import Code, Conflict

SOLD = "Tickets are sold. To cancel them as well, choose “Cancel, with their tickets” in the list of sessions."


@admin.register(MovieSession)
class SessionAdmin(SeveralMixin, CopyMixin, TimelineMixin, WriteFunctionAdmin, ModelAdmin):
    form = SessionForm
    fields = ["movie", "room", ("day", "start", "end"), "published"]
    autocomplete_fields = ["movie"]
    list_display = ["begins", "movie", "room", "occupancy", "state"]
    list_display_links = ["begins", "movie"]
    list_filter = [filters.WhenFilter, filters.RoomFilter, "published", ("movie", admin.RelatedOnlyFieldListFilter)]
    list_per_page = 50
    search_fields = ["movie__title", "movie__original_title"]
    search_help_text = "Title of the film"
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "-id"]
    warn_unsaved_form = True
    compressed_fields = False
    actions = ["publish", "unpublish", "cancel"]
    actions_list = ["timeline", "several", "copy"]
    actions_detail = ["its_tickets", "sell"]
    change_form_after_template = "admin/cinema/session_seats.html"

    class Media:
        css = {"all": ["cinema/seat_plan.css", "cinema/admin.css", "cinema/admin_sessions.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[MovieSession]:
        rows = super().get_queryset(request)
        return with_seat_counts(days.with_occupancy(rows)).select_related("movie", "room").defer("movie__search_vector")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Offer in forms only sessions that are not over, the next first."""
        if request.path == reverse("admin:autocomplete"):
            queryset = not_over(queryset).filter(cancelled_at=None).order_by("starts_at", "pk")
        return super().get_search_results(request, queryset, search_term)

    # --- The list ----------------------------------------------------------------------------------

    @admin.display(description="Begins", ordering="starts_at")
    def begins(self, session: MovieSession) -> str:
        return f"{format_moment(session.starts_at)}–{to_local(session.ends_at):%H:%M}"

    @admin.display(description="Sold")
    def occupancy(self, session: MovieSession) -> SafeString:
        return occupancy_bar(session, session.special_free)

    @display(description="State", label=STATE_COLOURS)
    def state(self, session: MovieSession) -> str:
        return session_state(session)

    # --- The page ----------------------------------------------------------------------------------

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "movie":
            options["widget"] = search_box(MovieSession, "movie")
        return super().formfield_for_foreignkey(db_field, request, **options)

    def get_readonly_fields(self, request: HttpRequest, obj: MovieSession | None = None) -> list[str]:
        return ["movie"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False for a cancelled session."""
        cancelled = isinstance(obj, MovieSession) and obj.cancelled_at is not None
        return super().has_change_permission(request, obj) and not cancelled

    def changeform_view(
        self, request: Any, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        extra = dict(extra_context or {})
        session = self.get_object(request, object_id) if object_id else None
        if isinstance(session, MovieSession):
            extra |= {
                "session": session,
                "state": session_state(session),
                "colour": STATE_COLOURS[session_state(session)],
                "plan": lay_out(seat_map(session), STAFF_WORDS),
                "holds": tickets.valid_holds().filter(session=session).select_related("seat", "user").order_by("pk"),
            }
        return super().changeform_view(request, object_id, form_url, extra)

    # With the name of a permission unfold would look that up in the database while Django starts.
    def has_tickets_permission(self, request: Any, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("cinema.view_ticket"))

    def has_sell_permission(self, request: Any, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("cinema.add_ticket"))

    @action(description="Its tickets", url_path="tickets", permissions=["tickets"], icon="local_activity")
    def its_tickets(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect(f"{reverse('admin:cinema_ticket_changelist')}?session__id__exact={object_id}")

    @action(description="Sell tickets", url_path="sell", permissions=["sell"], icon="sell")
    def sell(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect(f"{reverse('admin:cinema_ticket_sell')}?session={object_id}")

    # --- Writing -----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: MovieSession, form: SessionForm, change: bool) -> None:
        with convert_refusals():
            saved = (
                scheduling.change_session(obj.pk, form.changes()) if change else scheduling.schedule(**form.values())
            )
        obj.pk = saved.pk
        obj.refresh_from_db()

    def delete_model(self, request: Any, obj: MovieSession) -> None:
        self._remove(request, [obj.pk])

    def delete_queryset(self, request: Any, queryset: QuerySet[MovieSession]) -> None:
        self._remove(request, list(queryset.order_by("pk").values_list("pk", flat=True)))

    def _remove(self, request: Any, pks: list[int]) -> None:
        try:
            with convert_refusals():
                removal.remove_sessions(pks, request.user)
        except WriteRefused as refused:
            if getattr(refused.args[0], "code", "") != Code.HAS_TICKETS:
                raise
            raise WriteRefused(Conflict(Code.HAS_TICKETS, SOLD)) from refused

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Return what Django's page lists; whether sessions can be removed is decided by `removal.remove_sessions`."""
        rows = list(objs)
        return [str(session) for session in rows], {"sessions": len(rows)}, set(), []

    @admin.action(description="Publish: visible to customers", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[MovieSession]) -> None:
        self._set_published(request, queryset, published=True)

    @admin.action(description="Unpublish: visible to managers only", permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[MovieSession]) -> None:
        self._set_published(request, queryset, published=False)

    def _set_published(self, request: HttpRequest, queryset: QuerySet[MovieSession], published: bool) -> None:
        changed = 0
        for session in queryset.exclude(published=published).order_by("pk"):
            with convert_refusals():
                scheduling.change_session(session.pk, {"published": published})
            self.log_change(request, session, [{"changed": {"fields": ["Published"]}}])
            changed += 1
        done = "published" if published else "unpublished"
        messages.success(request, f"{count_of(changed, 'session')} {done}.")

    @admin.action(description="Cancel, with their tickets", permissions=["delete"])
    def cancel(self, request: Any, queryset: QuerySet[MovieSession]) -> HttpResponse | None:
        """Cancel the chosen sessions, after a page that says how many tickets are cancelled with them."""
        pks = list(queryset.order_by("pk").values_list("pk", flat=True))
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Cancel sessions",
                "opts": self.opts,
                "media": self.media,
                "sessions": queryset,
                "tickets": tickets.live_tickets().filter(session__in=queryset.order_by().values("pk")).count(),
                "action_checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/cinema/cancel_sessions.html", context)
        with convert_refusals():
            removal.remove_sessions(pks, request.user, cancel_tickets=True)
        messages.success(request, f"{count_of(len(pks), 'session')} cancelled.")
        return None
