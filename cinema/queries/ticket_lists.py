"""Lists of tickets and holds, with the fields that the API shows, and their filters."""

from collections.abc import Callable
from datetime import date

from django.db.models import F, Max, Prefetch, Q, QuerySet
from django.db.models.functions import Least, Now
from django.utils import timezone

from accounts.models import User
from cinema.core import ticket_codes
from cinema.core.local_time import day_bounds
from cinema.models import MovieSession, Purchase, Ticket
from cinema.queries import sessions, tickets

# From the screen and from the left.
SEAT_ORDER = ("seat__line", "seat__column", "id")

# Public names of the orderings of tickets.
ORDERINGS: dict[str, F] = {"purchased_at": F("purchased_at"), "starts_at": F("session__starts_at")}

STATES: dict[str, Q] = {
    "valid": Q(cancelled_at=None, used_at=None),
    "used": Q(used_at__isnull=False),
    "cancelled": Q(cancelled_at__isnull=False),
}
# Upcoming, past and cancelled tickets are disjoint; a used one is upcoming until its session is over.
PERIODS: dict[str, Callable[[], Q]] = {
    "upcoming": lambda: Q(cancelled_at=None, session__cancelled_at=None, session__ends_at__gt=timezone.now()),
    "past": lambda: Q(cancelled_at=None, session__ends_at__lte=timezone.now()),
    "used": lambda: STATES["used"],
    "cancelled": lambda: Q(cancelled_at__isnull=False) | Q(session__cancelled_at__isnull=False, used_at=None),
}


def with_api_fields(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Read everything that the API shows of a ticket, to managers too: one query, and one for the sessions."""
    people = ("purchase__made_by", "used_by", "cancelled_by")
    return rows.select_related("seat", "user", *people).prefetch_related(prefetch_sessions())


def holds_with_api_fields(user: User) -> QuerySet[Purchase]:
    """Return the customer's valid holds, newest first, each with `held_until`, session and seats, in three queries."""
    holds = Purchase.objects.filter(user=user, tickets__purchased_at=None, tickets__held_until__gte=Now())
    seats = Prefetch("tickets", Ticket.objects.select_related("seat").order_by(*SEAT_ORDER))
    return (
        # The seats of an offer are held a little longer than the offer lasts: see offers.
        holds.exclude(waiting__offer_ends_at__lt=Now())
        .annotate(held_until=Least(Max("tickets__held_until"), F("waiting__offer_ends_at")))
        .order_by("-created_at", "-id")
        .prefetch_related(prefetch_sessions(), seats)
    )


def of_purchase(purchase: Purchase) -> QuerySet[Ticket]:
    """Return the purchase's tickets, `with_api_fields`, in the order of the seats."""
    return with_api_fields(tickets.bought_tickets().filter(purchase=purchase)).order_by(*SEAT_ORDER)


def prefetch_sessions() -> "Prefetch[str]":
    """Prefetch the session of each row, with seat counts; ticket holders see it even if it is cancelled or a draft."""
    rows = MovieSession.objects.select_related("movie", "room").only(*sessions.field_names())
    return Prefetch("session", sessions.with_seat_counts(rows))


def filter_period(rows: QuerySet[Ticket], period: str) -> QuerySet[Ticket]:
    """Return the rows of one of PERIODS."""
    return rows.filter(PERIODS[period]())


def filter_tickets(
    rows: QuerySet[Ticket],
    *,
    session: int | None = None,
    movie: int | None = None,
    user: int | None = None,
    day: date | None = None,
    state: str = "",
    code: str = "",
) -> QuerySet[Ticket]:
    """Filter tickets for the API and the pages; None and "" filter nothing.

    `day` is the day of the session's start in the cinema's zone; raises ValidationError for one that no calendar has.
    `state` is one of STATES, `code` is as a person types it.
    """
    values = {"session": session, "session__movie": movie, "user": user}
    rows = rows.filter(**{name: value for name, value in values.items() if value is not None})
    if day is not None:
        begin, end = day_bounds(day)
        rows = rows.filter(session__starts_at__gte=begin, session__starts_at__lt=end)
    if state:
        rows = rows.filter(STATES[state])
    if code:
        rows = rows.filter(code__in=ticket_codes.read_code(code))
    return rows
