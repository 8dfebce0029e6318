"""The customer's purchases and tickets."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.people.requests import MemberRequest
from cinema.box_office import purchases
from cinema.core import ticket_codes
from cinema.documents import qr, wording
from cinema.models import Purchase, Ticket
from cinema.notifications.tickets_bought import find_tickets_mail, send_tickets_again
from cinema.queries import ticket_lists, tickets, waiting_list
from common.limits.costs import costs
from common.refusals import REFUSALS, show_refusal

TICKETS_ON_PAGE = 24
PERIODS = {"upcoming": "Upcoming", "past": "Past", "cancelled": "Cancelled"}


@login_required
@require_safe
def purchase_page(request: MemberRequest, pk: int) -> HttpResponse:
    """Show the tickets bought together. A hold redirects to its session."""
    purchase = get_object_or_404(Purchase.objects.filter(user=request.user), pk=pk)
    if not purchase.confirmed_at:
        return redirect("session", purchase.session_id)
    rows = list(tickets.of_purchase(purchase).prefetch_related("session__movie__genres"))
    valid = [ticket for ticket in rows if not wording.explain_invalid(ticket)]
    is_off = all(wording.is_cancelled(ticket) for ticket in rows)
    context = {"purchase": purchase, "tickets": rows, "valid_tickets": valid, "is_off": is_off}
    context["visit_is_off"] = is_off and _is_visit_off(rows[0])
    if valid:
        context["mail"] = find_tickets_mail(purchase, request.user)
    return render(request, "cinema/box_office/purchase.html", context)


@costs("documents")
@login_required
@require_POST
def send_again(request: MemberRequest, pk: int) -> HttpResponse:
    """Mail the tickets bought together once more."""
    purchase = get_object_or_404(Purchase.objects.filter(user=request.user, confirmed_at__isnull=False), pk=pk)
    try:
        send_tickets_again(purchase, request.user)
    except REFUSALS as error:
        show_refusal(request, error)
    else:
        messages.success(request, f"We'll email your tickets to {request.user.email} again.")
    return redirect("purchase", purchase.pk)


@login_required
@require_safe
def ticket_list(request: MemberRequest) -> HttpResponse:
    """List the customer's tickets: upcoming ones by time, others the last first."""
    when = request.GET.get("when", "")
    period = when if when in PERIODS else "upcoming"
    rows = ticket_lists.filter_period(tickets.with_details(tickets.of_user(request.user)), period)
    start = "session__starts_at" if period == "upcoming" else "-session__starts_at"
    rows = rows.order_by(start, "session", *ticket_lists.SEAT_ORDER).prefetch_related("session__movie__genres")
    page = Paginator(rows, TICKETS_ON_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "period": period, "periods": PERIODS, "total": page.paginator.count}
    if period == "upcoming" and page.number == 1:
        context |= {"waiting_entries": list(waiting_list.entries_with_movies(request.user)), "now": timezone.now()}
    return render(request, "cinema/box_office/tickets.html", context)


@login_required
@require_safe
def ticket_page(request: MemberRequest, code: str) -> HttpResponse:
    ticket = get_object_or_404(
        _visible_tickets(request).prefetch_related("session__movie__genres"), code=ticket_codes.parse_code(code)
    )
    spent, is_off = wording.explain_invalid(ticket), wording.is_cancelled(ticket)
    is_own = ticket.user_id == request.user.pk
    context = {
        "ticket": ticket,
        "is_own": is_own,
        "mail": find_tickets_mail(ticket.purchase, request.user) if is_own and not spent else None,
        "can_cancel": _can_cancel(ticket, request),
        "spent": spent,
        "is_off": is_off,
        "visit_is_off": is_off and _is_visit_off(ticket),
        "qr": "" if spent else qr.render_svg(ticket),
    }
    return render(request, "cinema/box_office/ticket.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: MemberRequest, code: str) -> HttpResponse:
    """Ask for confirmation, then cancel the ticket."""
    ticket = get_object_or_404(_visible_tickets(request), code=ticket_codes.parse_code(code))
    if request.method != "POST":
        if not _can_cancel(ticket, request):
            return redirect("ticket", ticket.code)
        return render(request, "cinema/box_office/cancel.html", {"ticket": ticket})
    try:
        purchases.cancel(ticket.pk, request.user)
    except REFUSALS as error:
        show_refusal(request, error)
    else:
        messages.success(request, f"The ticket for {ticket.seat.name} has been cancelled.")
    return redirect("ticket", ticket.code)


def _visible_tickets(request: MemberRequest) -> QuerySet[Ticket]:
    """Return the customer's tickets; all tickets for managers."""
    return tickets.with_details(tickets.bought_tickets() if request.user.is_staff else tickets.of_user(request.user))


def _is_visit_off(ticket: Ticket) -> bool:
    """Return whether the ticket's holder has no valid ticket for the session, so that a calendar removes the visit."""
    others = tickets.live_tickets().filter(session=ticket.session_id, user=ticket.user_id)
    return ticket.session.cancelled_at is not None or not others.exists()


def _can_cancel(ticket: Ticket, request: MemberRequest) -> bool:
    try:
        purchases.check_cancellable(ticket, ticket.session, request.user)
    except REFUSALS:
        return False
    return True
