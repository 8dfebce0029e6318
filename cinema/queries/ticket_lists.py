"""Tickets and holds as lists and answers show them, and what narrows such a list."""

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

# Public name -> what a list of tickets can be sorted by.
ORDERINGS: dict[str, F] = {"purchased_at": F("purchased_at"), "starts_at": F("session__starts_at")}

STATES: dict[str, Q] = {
    "valid": Q(cancelled_at=None, used_at=None),
    "used": Q(used_at__isnull=False),
    "cancelled": Q(cancelled_at__isnull=False),
}
# Upcoming, past and cancelled have nothing in common; a used one is upcoming until its session is over.
PERIODS: dict[str, Callable[[], Q]] = {
    "upcoming": lambda: Q(cancelled_at=None, session__cancelled_at=None, session__ends_at__gt=timezone.now()),
    "past": lambda: Q(cancelled_at=None, session__ends_at__lte=timezone.now()),
    "used": lambda: STATES["used"],
    "cancelled": lambda: Q(cancelled_at__isnull=False) | Q(session__cancelled_at__isnull=False, used_at=None),
}


def with_api_fields(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """With all that an answer says of a ticket, to managers too: one query, and one for the sessions."""
    people = ("purchase__made_by", "used_by", "cancelled_by")
    return rows.select_related("seat", "user", *people).prefetch_related(prefetch_sessions())


def holds_with_api_fields(user: User) -> QuerySet[Purchase]:
    """This person's valid holds, the newest first, each with `held_until`; with session and seats in three queries."""
    holds = Purchase.objects.filter(user=user, tickets__purchased_at=None, tickets__held_until__gte=Now())
    seats = Prefetch("tickets", Ticket.objects.select_related("seat").order_by(*SEAT_ORDER))
    return (
        # What is offered to somebody who waited is held a little longer than it is theirs: see offers.
        holds.exclude(waiting__offer_ends_at__lt=Now())
        .annotate(held_until=Least(Max("tickets__held_until"), F("waiting__offer_ends_at")))
        .order_by("-created_at", "-id")
        .prefetch_related(prefetch_sessions(), seats)
    )


def of_purchase(purchase: Purchase) -> QuerySet[Ticket]:
    """What was bought by it, as `in_full`, in the order of the seats."""
    return with_api_fields(tickets.bought_tickets().filter(purchase=purchase)).order_by(*SEAT_ORDER)


def prefetch_sessions() -> "Prefetch[str]":
    """Whoever has a ticket sees its session, whatever became of that."""
    rows = MovieSession.objects.select_related("movie", "room").only(*sessions.field_names())
    return Prefetch("session", sessions.with_seat_counts(rows))


def filter_period(rows: QuerySet[Ticket], period: str) -> QuerySet[Ticket]:
    """`period`: one of PERIODS."""
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
    """What every filter of tickets means, for all doors; None and "" filter nothing.

    `day`: of the session's start, in the cinema's zone; ValidationError for one that no calendar has. `state`: one of
    STATES. `code`: as somebody types it.
    """
    wanted = {"session": session, "session__movie": movie, "user": user}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    if day is not None:
        begin, end = day_bounds(day)
        rows = rows.filter(session__starts_at__gte=begin, session__starts_at__lt=end)
    if state:
        rows = rows.filter(STATES[state])
    if code:
        rows = rows.filter(code=ticket_codes.parse_code(code))
    return rows
