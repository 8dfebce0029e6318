"""What somebody bought."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.people.requests import MemberRequest
from cinema.box_office import purchases
from cinema.core import ticket_codes
from cinema.documents import qr, wording
from cinema.models import Purchase, Ticket
from cinema.queries import ticket_lists, tickets, waiting_list
from cinema.views.refusals import REFUSALS, Refusal, refusal

TICKETS_ON_PAGE = 24
PERIODS = {"upcoming": "Upcoming", "past": "Past", "cancelled": "Cancelled"}


@never_cache
@login_required
@require_safe
def purchase_page(request: MemberRequest, pk: int) -> HttpResponse:
    """What was bought together. A hold is no purchase yet, so it leads back to its seats."""
    purchase = get_object_or_404(Purchase.objects.filter(user=request.user), pk=pk)
    if not purchase.confirmed_at:
        return redirect("session", purchase.session_id)
    rows = list(tickets.of_purchase(purchase).prefetch_related("session__movie__genres"))
    good = [ticket for ticket in rows if not wording.why_spent(ticket)]
    return render(request, "cinema/box_office/purchase.html", {"purchase": purchase, "tickets": rows, "good": good})


@never_cache
@login_required
@require_safe
def ticket_list(request: MemberRequest) -> HttpResponse:
    """One's own: what comes next first, or what was last first."""
    asked = request.GET.get("when", "")
    period = asked if asked in PERIODS else "upcoming"
    rows = ticket_lists.filter_period(tickets.with_details(tickets.of_user(request.user)), period)
    start = "session__starts_at" if period == "upcoming" else "-session__starts_at"
    rows = rows.order_by(start, "session", *ticket_lists.SEAT_ORDER).prefetch_related("session__movie__genres")
    page = Paginator(rows, TICKETS_ON_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "period": period, "periods": PERIODS, "total": page.paginator.count}
    if period == "upcoming" and page.number == 1:
        context |= {"waits": list(waiting_list.entries_with_movies(request.user)), "now": timezone.now()}
    return render(request, "cinema/box_office/tickets.html", context)


@never_cache
@login_required
@require_safe
def ticket_page(request: MemberRequest, code: str) -> HttpResponse:
    ticket = get_object_or_404(visible(request).prefetch_related("session__movie__genres"), code=stored(code))
    spent = wording.why_spent(ticket)
    context = {
        "ticket": ticket,
        "is_own": ticket.user_id == request.user.pk,
        "kept_back": kept_back(ticket, request),
        "spent": spent,
        "is_off": wording.is_off(ticket),
        "qr": "" if spent else qr.svg(ticket),
    }
    return render(request, "cinema/box_office/ticket.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: MemberRequest, code: str) -> HttpResponse:
    """Asks first, then does."""
    ticket = get_object_or_404(visible(request), code=stored(code))
    if request.method != "POST":
        if kept_back(ticket, request):
            return redirect("ticket", ticket.code)
        return render(request, "cinema/box_office/cancel.html", {"ticket": ticket})
    try:
        purchases.cancel(ticket.pk, request.user)
    except REFUSALS as error:
        for sentence in refusal(error).sentences:
            messages.error(request, sentence)
    else:
        messages.success(request, f"The ticket for seat {ticket.seat.label} is cancelled.")
    return redirect("ticket", ticket.code)


def visible(request: MemberRequest) -> QuerySet[Ticket]:
    """One's own; all of them to managers."""
    return tickets.with_details(tickets.bought_tickets() if request.user.is_staff else tickets.of_user(request.user))


def stored(code: str) -> str:
    return ticket_codes.parse_code(code)


def kept_back(ticket: Ticket, request: MemberRequest) -> Refusal | None:
    """Why this person cannot cancel it, if so."""
    try:
        purchases.check_cancellable(ticket, ticket.session, request.user)
    except REFUSALS as error:
        return refusal(error)
    return None
