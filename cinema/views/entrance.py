"""Check-in at the entrance, for managers: the choice of a session, and the scanner.

The scanner's script posts scans to the API and queues those that it cannot send. Without JavaScript, the same form
posts to these views.
"""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.people.requests import MemberRequest
from accounts.views.access import manager_required
from cinema.core.keyboard_layouts import LAYOUTS
from cinema.entrance import check_in
from cinema.forms.entrance import ScanForm
from cinema.models import MovieSession
from cinema.queries import entrance
from cinema.views import entrance_panel
from cinema.views.entrance_panel import Panel
from common.http.permissions_policy import with_camera
from common.refusals import REFUSALS, describe_refusal, show_refusal


@manager_required
@require_safe
def choose_session(request: MemberRequest) -> HttpResponse:
    return render(
        request, "cinema/entrance/choose.html", {"sessions": entrance.todays_sessions(), "now": timezone.now()}
    )


@manager_required
@with_camera
@require_http_methods(["GET", "HEAD", "POST"])
def scanner(request: MemberRequest, pk: int | None = None) -> HttpResponse:
    """Show the scanner of a session, or without `pk` of any session. A POST is a scan; the page shows its result."""
    if pk is not None:
        get_object_or_404(MovieSession, pk=pk)
    panel, status = Panel(), 200
    if request.method == "POST":
        panel, status = _scan(request, pk)
    context = {
        "panel": panel,
        "empty_panel": Panel(),
        "panel_texts": entrance_panel.TEXTS,
        "keyboard_layouts": LAYOUTS,
        "nonce": uuid4(),
        "entrance_name": request.POST.get("door", ""),
        "zone": settings.TIME_ZONE,
    }
    return render(request, "cinema/entrance/scanner.html", context | _state(request, pk), status=status)


@manager_required
@require_safe
def scanner_state(request: MemberRequest, pk: int | None = None) -> HttpResponse:
    """Render the number of people inside and the last scans; the script polls this."""
    return render(request, "cinema/entrance/state.html", _state(request, pk))


@manager_required
@require_POST
def undo(request: MemberRequest, ticket: int, pk: int | None = None) -> HttpResponse:
    """Undo an admission."""
    try:
        undone = check_in.undo(ticket, request.user)
    except Http404:
        messages.error(request, "There is no such ticket.")
    except REFUSALS as error:
        show_refusal(request, error)
    else:
        messages.success(request, f"Check-in of {undone.seat.name} undone. The ticket can be used again.")
    return redirect("check_in_any") if pk is None else redirect("check_in_scanner", pk)


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the scanner's service worker, whose address limits it to `/check-in/`. It contains nothing private."""
    return render(request, "cinema/entrance/worker.js", content_type="text/javascript")


def _scan(request: MemberRequest, pk: int | None) -> tuple[Panel, int]:
    """Check a ticket in. Return the panel with the result, and its HTTP status."""
    form = ScanForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())
        admission = check_in.check_in(by=request.user, session_id=pk, **form.scan())
    except REFUSALS as error:
        refusal = describe_refusal(error)
        return entrance_panel.build_refused_panel(" ".join(refusal.messages)), refusal.status
    purchase = entrance.count_visitors_of_purchase(admission.ticket.purchase_id)
    return entrance_panel.build_admitted_panel(admission, purchase), 200


def _state(request: MemberRequest, pk: int | None) -> dict[str, Any]:
    """Return the context that also changes with scans at other entrances."""
    rows = (
        entrance.todays_sessions()
        if pk is None
        else [get_object_or_404(entrance.with_visitor_counts(MovieSession.objects.all()), pk=pk)]
    )
    session = None if pk is None else rows[0]
    return {
        "session": session,
        "people": entrance.sum_visitor_counts(rows),
        "scans": entrance.last_scans(request.user),
        "now": timezone.now(),
    }
