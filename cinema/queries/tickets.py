"""Reads of tickets and holds. A row of Ticket may be either, so every read starts here."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from cinema.models import MovieSession, Purchase, Ticket
from common.database.kept import Parameter, kept_query
from movies.queries.films import DETAIL_ONLY


def bought_tickets() -> QuerySet[Ticket]:
    """Return all tickets, used and cancelled ones included; no holds."""
    return Ticket.objects.filter(purchased_at__isnull=False)


def live_tickets() -> QuerySet[Ticket]:
    """Return tickets that are bought and not cancelled, used ones included."""
    return bought_tickets().filter(cancelled_at=None)


def of_user(user: User | Parameter) -> QuerySet[Ticket]:
    return bought_tickets().filter(user=user)


def valid_holds(now: datetime | None = None) -> QuerySet[Ticket]:
    """Return seats that are held now. `now` defaults to the database's clock."""
    return Ticket.objects.filter(purchased_at=None, held_until__gte=now or Now())


def occupies_seat(now: datetime | Parameter | None = None) -> Q:
    """Return the condition for rows of Ticket that keep other customers from their seat."""
    return Q(cancelled_at=None) & (Q(purchased_at__isnull=False) | Q(held_until__gte=now or Now()))


def with_details(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Read everything that a page or a document shows of a ticket, in the same query."""
    related = tickets.select_related("seat", "session__movie", "session__room", "user")
    return related.defer(*(f"session__movie__{name}" for name in DETAIL_ONLY))


def of_purchase(purchase: Purchase) -> QuerySet[Ticket]:
    """Return its tickets or held seats, `with_details`, in the order of the seats."""
    return with_details(purchase.tickets.all()).order_by("seat__line", "seat__column", "id")


def of_visit(user: User, session_id: int) -> QuerySet[Ticket]:
    """Return all that the user ever bought for the session, `with_details`, in the order of the seats."""
    return with_details(of_user(user).filter(session=session_id)).order_by("seat__line", "seat__column", "id")


def find_hold(user: User, session: MovieSession) -> Purchase | None:
    """Return the customer's valid hold or offer in the session; its seats are `of_purchase`."""
    found = _holds_of_customer(user=user.pk, session=session.pk)
    return found[0] if found else None


@kept_query
def _holds_of_customer(*, user: Parameter, session: Parameter) -> QuerySet[Purchase]:
    held = valid_holds().filter(user=user, session=session).values("purchase")
    choosing = Purchase.objects.filter(pk__in=held, confirmed_at=None)
    return choosing.exclude(waiting__offer_ends_at__lt=Now())[:1]
