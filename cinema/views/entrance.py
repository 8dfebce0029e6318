"""The door, for managers: which session, and its scanner.

With its script the scanner sends to the API, for it must keep what cannot be sent; without, the same form comes here.
"""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.access import manager_required
from cinema.entrance import check_in
from cinema.forms.entrance import ScanForm
from cinema.models import MovieSession
from cinema.queries import entrance
from cinema.views import entrance_panel
from cinema.views.entrance_panel import Panel
from cinema.views.refusals import REFUSALS, MemberRequest, refusal
from common.http.permissions_policy import with_camera


@never_cache
@manager_required
@require_safe
def choose(request: MemberRequest) -> HttpResponse:
    """Whose door it is."""
    return render(
        request, "cinema/entrance/choose.html", {"sessions": entrance.todays_sessions(), "now": timezone.now()}
    )


@never_cache
@manager_required
@with_camera
@require_http_methods(["GET", "HEAD", "POST"])
def scanner(request: MemberRequest, pk: int | None = None) -> HttpResponse:
    """For one session; without `pk` for any. A POST is a scan, and answered on the page itself."""
    if pk is not None:
        get_object_or_404(MovieSession, pk=pk)
    panel, status = Panel(), 200
    if request.method == "POST":
        panel, status = answer(request, pk)
    context = {
        "panel": panel,
        "nothing": Panel(),
        "nonce": uuid4(),
        "door": request.POST.get("door", ""),
        "zone": settings.TIME_ZONE,
    }
    return render(request, "cinema/entrance/scanner.html", context | state(request, pk), status=status)


@never_cache
@manager_required
@require_safe
def moving_parts(request: MemberRequest, pk: int | None = None) -> HttpResponse:
    """How many are in, and what was scanned last: for the script, which asks again and again."""
    return render(request, "cinema/entrance/state.html", state(request, pk))


@never_cache
@manager_required
@require_POST
def undo(request: MemberRequest, ticket: int, pk: int | None = None) -> HttpResponse:
    """Takes an admission back."""
    try:
        undone = check_in.undo(ticket, request.user)
    except Http404:
        messages.error(request, "There is no such ticket.")
    except REFUSALS as error:
        for sentence in refusal(error).sentences:
            messages.error(request, sentence)
    else:
        messages.success(request, f"Seat {undone.seat.label} is taken back. The ticket can be used again.")
    return redirect("check_in_any") if pk is None else redirect("check_in_scanner", pk)


@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The scanner's service worker: here, because its address says what it is in charge of. It knows nobody."""
    return render(request, "cinema/entrance/worker.js", content_type="text/javascript")


def answer(request: MemberRequest, pk: int | None) -> tuple[Panel, int]:
    """To a scan of the form, and its status."""
    form = ScanForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())
        admission = check_in.check_in(by=request.user, session_id=pk, **form.scan())
    except REFUSALS as error:
        refused = refusal(error)
        return entrance_panel.refused(" ".join(refused.sentences)), refused.status
    return entrance_panel.admitted(admission, entrance.count_visitors_of_purchase(admission.ticket.purchase_id)), 200


def state(request: MemberRequest, pk: int | None) -> dict[str, Any]:
    """What other doors change as well."""
    rows = (
        entrance.todays_sessions()
        if pk is None
        else [get_object_or_404(entrance.with_visitor_counts(MovieSession.objects.all()), pk=pk)]
    )
    session = None if pk is None else rows[0]
    return {"session": session, "people": entrance.sum_visitor_counts(rows), "scans": entrance.last_scans(request.user)}
