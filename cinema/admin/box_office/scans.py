"""Scans at the entrance, refused ones included."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from cinema.core.ticket_codes import read_code
from cinema.models import Scan
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin

OUTCOMES = {Scan.Outcome.ADMITTED: "success", Scan.Outcome.REFUSED: "danger", Scan.Outcome.UNDONE: "warning"}


@admin.register(Scan)
class ScanAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["received_at", "shown_outcome", "message", "code", "holder", "by", "door"]
    fields = ["code", "ticket", "outcome", "message", ("scanned_at", "received_at"), ("by", "door")]
    list_filter = ["outcome", "reason"]
    list_select_related = ["ticket__user", "by"]
    list_per_page = 50
    date_hierarchy = "received_at"
    search_fields = ["code", "ticket__user__username", "by__username", "door"]
    ordering = ["-received_at", "-id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Scan], search_term: str
    ) -> tuple[QuerySet[Scan], bool]:
        """Find the scans of a ticket by its code, however that is typed and was scanned."""
        found, more = super().get_search_results(request, queryset, search_term)
        return found | queryset.filter(ticket__code__in=read_code(search_term)), more

    @display(description="Outcome", label=OUTCOMES, ordering="outcome")
    def shown_outcome(self, scan: Scan) -> str:
        return scan.outcome

    @admin.display(description="Holder", ordering="ticket__user__username")
    def holder(self, scan: Scan) -> str:
        return str(scan.ticket.user or "") if scan.ticket else ""
