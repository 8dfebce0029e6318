"""A ticket to take along: on paper, as a file, in one's calendar. Somebody else's is not there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.people.requests import MemberRequest
from cinema.core import ticket_codes
from cinema.documents import calendar, feeds, pdf, qr, wording
from cinema.models import Purchase, Ticket
from cinema.queries import tickets


@never_cache
@login_required
@require_GET
def print_page(request: MemberRequest, code: str) -> HttpResponse:
    """One ticket; with `?all` every good one of its purchase."""
    ticket = own_ticket(request, code)
    together = own_tickets(request).filter(purchase=ticket.purchase_id, cancelled_at=None)
    together = together.order_by("seat__line", "seat__column", "id")
    good = [one for one in together if not wording.is_off(one)]
    chosen = good if "all" in request.GET else [one for one in good if one == ticket]
    context = {
        "ticket": ticket,
        "sheets": [sheet(one) for one in chosen],
        "others": len(good) - 1,
        "everything": "all" in request.GET,
    }
    return render(request, "cinema/documents/print.html", context)


def sheet(ticket: Ticket) -> dict[str, object]:
    """What the page says of one ticket."""
    return {
        "ticket": ticket,
        "title": ticket.session.movie.title,
        "day": wording.day(ticket),
        "time": wording.time(ticket),
        "room": wording.room(ticket).removeprefix("Room "),
        "holder": wording.holder(ticket),
        "age": wording.age(ticket),
        "code": ticket_codes.format_code(ticket.code),
        "qr": qr.svg(ticket),
    }


@never_cache
@login_required
@require_GET
def ticket_calendar(request: MemberRequest, code: str) -> HttpResponse:
    ticket = own_ticket(request, code)
    return download(calendar.of_ticket(ticket), calendar.content_type(ticket), f"ticket-{ticket.pk}.ics")


@never_cache
@login_required
@require_GET
def purchase_pdf(request: MemberRequest, pk: int) -> HttpResponse:
    """404 as well where none of its tickets is good any more, or none was bought yet."""
    purchase = get_object_or_404(Purchase.objects.filter(user=request.user), pk=pk)
    try:
        document = pdf.of_purchase(purchase)
    except LookupError as error:
        raise Http404 from error
    return download(document, "application/pdf", f"tickets-{purchase.pk}.pdf")


@never_cache
@login_required
def calendar_page(request: MemberRequest) -> HttpResponse:
    """GET shows the address; POST makes the first or another one, or with `stop` takes it away."""
    if request.method == "POST":
        if "stop" in request.POST:
            feeds.stop(request.user)
            messages.success(request, "Your calendar has no address any more.")
        else:
            had = feeds.address(request.user)
            feeds.reset(request.user)
            said = "Your calendar has a new address. The old one is empty." if had else "Your calendar has an address."
            messages.success(request, said)
        return redirect("account_calendar")
    address = feeds.address(request.user)
    # What calendar programs on phones and desks listen to.
    subscribe = "webcal://" + address.partition("://")[2] if address else ""
    return render(request, "cinema/documents/calendar.html", {"address": address, "subscribe": subscribe})


def own_tickets(request: MemberRequest) -> QuerySet[Ticket]:
    return tickets.with_details(tickets.of_user(request.user))


def own_ticket(request: MemberRequest, code: str) -> Ticket:
    """`code`: with its dashes or without."""
    return get_object_or_404(own_tickets(request), code=ticket_codes.parse_code(code))


def download(body: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
