"""What the mails about films, sessions and tickets have besides the notice: tickets, calendar entries, links to tap.

Each is made in the worker when it is about to be sent, of what is true by then. Where that makes it pointless, or
something later is told by a mail of its own, it is not sent (Unwanted).
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, User
from accounts.notifications.mail import Extras, Unwanted, register
from cinema.core import ticket_codes
from cinema.documents import calendar, pdf, wording
from cinema.models import MovieSession, Purchase, Ticket, Waiting
from cinema.notifications import notify, phrases
from cinema.queries import sessions as programme
from cinema.queries import tickets as rows
from movies.models import Movie, Rating
from movies.models.limits import RATINGS

Attachment = tuple[str, bytes, str]

Kind = Notification.Kind

# So many sessions of a film are listed; the rest is on its page.
LISTED = 12


def register_all() -> None:
    register(Kind.SESSION_ADDED, session_added)
    register(Kind.SESSION_MOVED, session_moved)
    register(Kind.SESSION_CANCELLED, session_cancelled)
    register(Kind.TICKET_CANCELLED, ticket_cancelled)
    register(Kind.TICKETS_BOUGHT, tickets_bought)
    register(Kind.HOW_WAS_IT, how_was_it)
    register(Kind.SEAT_OFFERED, seat_offered)


def session_added(told: Notification) -> Extras:
    """With the first of its sessions to come; not sent once there are none any more."""
    movie = Movie.objects.filter(pk=number_in(told)).first()
    coming = programme.not_over(programme.on_sale(MovieSession.objects.filter(movie=movie))) if movie else None
    listed = list(coming.order_by("starts_at")[:LISTED]) if coming is not None else []
    if not listed:
        raise Unwanted
    days = [
        {"day": day, "times": [phrases.clock(one.starts_at) for one in sessions]}
        for day, sessions in groupby(listed, lambda one: phrases.day(one.starts_at))
    ]
    return Extras(template="cinema/notifications/session_added", context={"days": days})


def tickets_bought(told: Notification) -> Extras:
    """The tickets themselves: those that are still good by now."""
    purchase = Purchase.objects.filter(pk=number_in(told)).first()
    tickets = list(rows.of_purchase(purchase).filter(user=told.user)) if purchase else []
    good = [ticket for ticket in tickets if not wording.is_off(ticket)]
    if not good or good[0].session.ends_at <= timezone.now():
        raise Unwanted
    context = facts(good) | {"gone": phrases.labels(ticket for ticket in tickets if wording.is_off(ticket))}
    sheet: Attachment = (f"tickets-{number_in(told)}.pdf", pdf.of_tickets(good), "application/pdf")
    headline = notify.bought_headline(good)
    context |= {"headline": headline}
    return Extras(headline, "cinema/notifications/tickets_bought", context, [sheet, *entries(good)])


def session_moved(told: Notification) -> Extras:
    """Not sent once the session was moved again or cancelled, which is told by itself, or without a ticket for it."""
    session = MovieSession.objects.filter(pk=number_in(told)).first()
    if session is None or notify.moved_subject(session) != told.subject:
        raise Unwanted
    tickets = of_person(told.user, session.pk).filter(cancelled_at=None)
    if not (good := list(tickets)):
        raise Unwanted
    return Extras(template="cinema/notifications/session_moved", context=facts(good), attachments=entries(good))


def session_cancelled(told: Notification) -> Extras:
    """With what takes the entries out of a calendar. Whoever waited for seats has none, and the session may be gone."""
    # Those that were given back before are not news.
    with_it = Q(cancelled_at=None) | Q(cancelled_at__gte=told.created_at)
    tickets = list(of_person(told.user, number_in(told)).filter(with_it, session__cancelled_at__isnull=False))
    return Extras(template="cinema/notifications/cancelled", context={"tickets": tickets}, attachments=entries(tickets))


def ticket_cancelled(told: Notification) -> Extras:
    tickets = list(rows.with_details(rows.of_user(told.user)).filter(pk=number_in(told), cancelled_at__isnull=False))
    return Extras(template="cinema/notifications/cancelled", context={"tickets": tickets}, attachments=entries(tickets))


def how_was_it(told: Notification) -> Extras:
    """With a link for each number of points; not sent to whoever has rated the film meanwhile."""
    session = MovieSession.objects.filter(pk=number_in(told)).first()
    if session is None or Rating.objects.filter(user=told.user, movie=session.movie_id).exists():
        raise Unwanted
    page = settings.PUBLIC_URL + reverse("how_was_it", args=[session.movie_id])
    points = [{"rating": rating, "url": f"{page}?rating={rating}"} for rating in RATINGS]
    return Extras(template="cinema/notifications/how_was_it", context={"points": points})


def seat_offered(told: Notification) -> Extras:
    """Not sent once the offer is over, taken or let go: a promise must hold when it is read."""
    until = datetime.fromisoformat(told.subject.rpartition(" ")[2])
    offers = Waiting.objects.filter(user=told.user, session=number_in(told), ended_at=None, offer_ends_at=until)
    if until <= timezone.now() or not offers.exists():
        raise Unwanted
    return Extras()


def number_in(told: Notification) -> int:
    """The id in "session 12 ...": see cinema.notifications.notify, which writes these."""
    return int(told.subject.split()[1])


def of_person(user: User, session_id: int) -> QuerySet[Ticket]:
    return rows.with_details(rows.of_user(user).filter(session=session_id)).order_by("seat__line", "seat__column", "id")


def facts(tickets: list[Ticket]) -> dict[str, Any]:
    """What a mail says of tickets for one session."""
    first, session = tickets[0], tickets[0].session
    return {
        "film": session.movie.title,
        "day": wording.day(first),
        "time": wording.time(first),
        "ends": phrases.clock(session.ends_at),
        "room": wording.room(first),
        "age": wording.age(first),
        "tickets": [
            {
                "seat": ticket.seat.label,
                "code": ticket_codes.format_code(ticket.code),
                "url": wording.page_address(ticket),
            }
            for ticket in tickets
        ],
    }


def entries(tickets: Iterable[Ticket]) -> list[Attachment]:
    """Each for the calendar, to put it in, to bring it up to date, or to take it out."""
    return [
        (f"ticket-{ticket.seat.label}.ics", calendar.of_ticket(ticket), calendar_type(ticket)) for ticket in tickets
    ]


def calendar_type(ticket: Ticket) -> str:
    """Without the charset, which is added where the mail is put together."""
    return f"text/calendar; method={calendar.method(ticket)}"
