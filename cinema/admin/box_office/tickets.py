"""Tickets in the admin: they are read, checked in and cancelled here. Holds are shown at their session."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.views.decorators.http import require_POST
from unfold.admin import TabularInline
from unfold.decorators import action, display

from cinema.admin import filters
from cinema.admin.box_office.selling import SellingMixin
from cinema.admin.display import count_of, film_link, format_person, format_start
from cinema.box_office import purchases
from cinema.core.local_time import to_local
from cinema.core.ticket_codes import format_code, parse_code, read_code
from cinema.entrance import check_in
from cinema.models import Scan, Ticket
from cinema.queries import tickets
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin, WriteFunctionAdmin, convert_refusals
from common.refusals import REFUSALS, show_refusal

STATES = {"valid": "info", "used": "success", "cancelled": "danger"}


class ScansOfTicket(ReadOnlyAdmin, TabularInline):
    model = Scan
    verbose_name_plural = "Scans of its code"
    fields = readonly_fields = ["scanned_at", "outcome", "message", "by", "door"]
    ordering = ["received_at", "id"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scan]:
        rows: QuerySet[Scan] = super().get_queryset(request)
        return rows.select_related("by")


@admin.register(Ticket)
class TicketAdmin(SellingMixin, WriteFunctionAdmin, ReadOnlyAdmin, ModelAdmin):
    list_display = ["shown_code", "film", "begins", "room", "shown_seat", "holder", "bought", "state"]
    list_filter = [filters.TicketStateFilter, filters.SessionDayFilter, filters.SessionRoomFilter]
    linked_lookups = ["purchase__id__exact", "session__id__exact", "user__id__exact"]
    list_per_page = 50
    search_fields = ["user__username", "user__email"]
    search_help_text = "Code, username or email"
    ordering = ["-purchased_at", "-id"]
    fieldsets = [
        (None, {"fields": ["shown_code", "state", ("film", "begins"), ("room", "shown_seat")]}),
        ("Holder", {"fields": ["holder", ("purchased_at", "sold_by"), "age_checked"]}),
        ("Check-in and cancellation", {"fields": [("used_at", "used_by"), ("cancelled_at", "cancelled_by")]}),
    ]
    inlines = [ScansOfTicket]
    actions = ["cancel_chosen"]
    actions_list = ["sell"]
    change_form_outer_before_template = "admin/cinema/ticket_buttons.html"

    class Media:
        css = {"all": ["cinema/seat_plan.css", "cinema/admin.css", "cinema/admin_sessions.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        rows = tickets.with_details(tickets.bought_tickets()).select_related(
            "room", "purchase__made_by", "used_by", "cancelled_by"
        )
        return rows.order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        """Find a code by its beginning too, however it was typed."""
        found, more = super().get_search_results(request, queryset, search_term)
        code = parse_code(search_term)
        by_code = Q(code__startswith=code) | Q(code__in=read_code(search_term))
        return (found | queryset.filter(by_code) if code else found), more

    # --- What is shown -----------------------------------------------------------------------------

    @admin.display(description="Code", ordering="code")
    def shown_code(self, ticket: Ticket) -> str:
        return format_code(ticket.code)

    @admin.display(description="Film", ordering="session__movie__title")
    def film(self, ticket: Ticket) -> SafeString:
        return film_link(ticket.session)

    @admin.display(description="Session", ordering="session__starts_at")
    def begins(self, ticket: Ticket) -> str:
        return format_start(ticket.session)

    @admin.display(description="Seat", ordering="seat")
    def shown_seat(self, ticket: Ticket) -> str:
        return str(capfirst(ticket.seat.name))

    @admin.display(description="Holder", ordering="user__username")
    def holder(self, ticket: Ticket) -> str:
        return format_person(ticket.user)

    @admin.display(description="Sold by")
    def sold_by(self, ticket: Ticket) -> str:
        seller = ticket.purchase.made_by
        return "the holder" if seller and seller == ticket.user else format_person(seller)

    @admin.display(description="Age checked at the sale")
    def age_checked(self, ticket: Ticket) -> str:
        age = ticket.purchase.age_checked
        return f"{age} and over, by the date of birth of the account" if age else "no age limit"

    @admin.display(description="Bought", ordering="purchased_at")
    def bought(self, ticket: Ticket) -> str:
        return f"{to_local(ticket.purchased_at):%d %b %Y, %H:%M}" if ticket.purchased_at else ""

    @display(description="State", label=STATES)
    def state(self, ticket: Ticket) -> str:
        return _ticket_state(ticket)

    # --- Writing -----------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/cancel/", wrap(self.cancel), name="cinema_ticket_cancel"),
            path("<int:pk>/use/", wrap(require_POST(self.use)), name="cinema_ticket_use"),
            path("<int:pk>/undo/", wrap(require_POST(self.undo)), name="cinema_ticket_undo"),
            *super().get_urls(),
        ]

    def can_write(self, request: Any) -> bool:
        return bool(request.user.has_perm("cinema.change_ticket"))

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Return whether the action in the list is offered."""
        return self.can_write(request)

    def changeform_view(
        self, request: Any, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        ticket = self.get_object(request, object_id) if object_id else None
        extra = {"ticket": ticket, "ticket_state": _ticket_state(ticket)} if isinstance(ticket, Ticket) else {}
        permission = {"can_write": self.can_write(request)}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra, **permission})

    def cancel(self, request: Any, pk: int) -> HttpResponse:
        """Ask for a confirmation, then cancel: the seat is for sale again."""
        ticket = self._get_writable(request, pk)
        if request.method == "POST":
            return self._act(request, ticket, lambda: purchases.cancel(pk, request.user), "The ticket is cancelled.")
        return self._ask_first(request, [ticket], "Cancel this ticket")

    def use(self, request: Any, pk: int) -> HttpResponse:
        ticket = self._get_writable(request, pk)
        return self._act(request, ticket, lambda: check_in.check_in(ticket, request.user, door="Admin"), "Checked in.")

    def undo(self, request: Any, pk: int) -> HttpResponse:
        ticket = self._get_writable(request, pk)
        return self._act(
            request, ticket, lambda: check_in.undo(pk, request.user), "Undone: the ticket can be used again."
        )

    def _get_writable(self, request: HttpRequest, pk: int) -> Ticket:
        if not self.can_write(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _act(self, request: HttpRequest, ticket: Ticket, act: Any, sentence: str) -> HttpResponse:
        try:
            act()
        except REFUSALS as error:
            show_refusal(request, error)
        else:
            self.log_change(request, ticket, sentence)
            messages.success(request, sentence)
        return redirect(reverse("admin:cinema_ticket_change", args=[ticket.pk]))

    @action(description="Cancel", permissions=["cancel"])
    def cancel_chosen(self, request: Any, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        """Cancel all the chosen tickets or none, after a page that lists them."""
        chosen = list(queryset.order_by("session", "seat"))
        if "confirmed" not in request.POST:
            return self._ask_first(request, chosen, "Cancel tickets")
        with convert_refusals():
            purchases.cancel_several([ticket.pk for ticket in chosen], request.user)
        for ticket in chosen:
            self.log_change(request, ticket, "The ticket is cancelled.")
        messages.success(request, f"{count_of(len(chosen), 'ticket')} cancelled.")
        return None

    def _ask_first(self, request: HttpRequest, chosen: list[Ticket], title: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "tickets": chosen,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/cinema/cancel_tickets.html", context)


def _ticket_state(ticket: Ticket) -> str:
    """Return one of STATES."""
    if ticket.cancelled_at:
        return "cancelled"
    return "used" if ticket.used_at else "valid"
