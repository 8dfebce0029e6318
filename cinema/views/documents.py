"""Tickets on paper, as files and in calendars. Tickets of others are 404."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.people.requests import MemberRequest
from cinema.core import ticket_codes
from cinema.documents import feeds, qr, wording
from cinema.models import Purchase, Ticket
from cinema.queries import tickets
from common.limits.costs import costs


@costs("documents")
@login_required
@require_safe
def print_page(request: MemberRequest, code: str) -> HttpResponse:
    """Show a ticket to print; with `?all` every valid ticket of its purchase."""
    ticket = _own_ticket(request, code)
    purchase = _own_tickets(request).filter(purchase=ticket.purchase_id, cancelled_at=None)
    purchase = purchase.order_by("seat__line", "seat__column", "id")
    valid = [each for each in purchase if not wording.is_cancelled(each)]
    printed = valid if "all" in request.GET else [each for each in valid if each == ticket]
    context = {
        "ticket": ticket,
        "sheets": [_sheet(each) for each in printed],
        "others": len(valid) - 1,
        "everything": "all" in request.GET,
    }
    return render(request, "cinema/documents/print.html", context)


def _sheet(ticket: Ticket) -> dict[str, object]:
    """Return the texts of one printed ticket."""
    return {
        "ticket": ticket,
        "title": ticket.session.movie.title,
        "day": wording.day(ticket),
        "time": wording.time(ticket),
        "room": wording.room(ticket).removeprefix("Room "),
        "holder": wording.holder(ticket),
        "age": wording.age(ticket),
        "code": ticket_codes.format_code(ticket.code),
        "qr": qr.render_svg(ticket),
    }


@login_required
@require_safe
def ticket_calendar(request: MemberRequest, code: str) -> HttpResponse:
    """Download the entry of the visit to which the ticket belongs."""
    from cinema.documents import calendar  # here, because its library is slow to import

    visit = list(tickets.of_visit(request.user, _own_ticket(request, code).session_id))
    return _download(calendar.render_visit(visit), calendar.content_type(visit), calendar.file_name(visit))


@costs("documents")
@login_required
@require_safe
def purchase_pdf(request: MemberRequest, pk: int) -> HttpResponse:
    """Download the valid tickets of a purchase. Without any, redirect to its page, which says why."""
    from cinema.documents import pdf  # here, because its libraries are a sixth of the start of every process

    purchase = get_object_or_404(Purchase.objects.filter(user=request.user), pk=pk)
    try:
        document = pdf.purchase_pdf(purchase)
    except LookupError:
        return redirect("purchase", purchase.pk)
    return _download(document, "application/pdf", f"tickets-{purchase.pk}.pdf")


@login_required
def calendar_page(request: MemberRequest) -> HttpResponse:
    """Show the address of the calendar feed. A POST makes a new address, or with `stop` deletes it."""
    if request.method == "POST":
        if "stop" in request.POST:
            feeds.delete_address(request.user)
            messages.success(request, "Your calendar address has been deleted.")
        else:
            had_address = bool(feeds.find_address(request.user))
            feeds.reset_address(request.user)
            old = " The old one no longer works." if had_address else ""
            messages.success(request, f"Your calendar has a new address.{old}")
        return redirect("account_calendar")
    address = feeds.find_address(request.user)
    # Calendar programs open webcal addresses.
    subscribe = "webcal://" + address.partition("://")[2] if address else ""
    return render(request, "cinema/documents/calendar.html", {"address": address, "subscribe": subscribe})


def _own_tickets(request: MemberRequest) -> QuerySet[Ticket]:
    return tickets.with_details(tickets.of_user(request.user))


def _own_ticket(request: MemberRequest, code: str) -> Ticket:
    """Return the ticket with this code, typed with or without dashes."""
    return get_object_or_404(_own_tickets(request), code=ticket_codes.parse_code(code))


def _download(body: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
