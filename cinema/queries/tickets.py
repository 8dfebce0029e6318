"""Tickets and holds. A row of Ticket may be either, so every read begins here."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from cinema.models import MovieSession, Purchase, Ticket
from movies.queries.films import DETAIL_ONLY


def bought_tickets() -> QuerySet[Ticket]:
    """Tickets, the used and the cancelled ones too; no holds."""
    return Ticket.objects.filter(purchased_at__isnull=False)


def live_tickets() -> QuerySet[Ticket]:
    """Bought, and not cancelled: somebody may come in with it, or has."""
    return bought_tickets().filter(cancelled_at=None)


def of_user(user: User) -> QuerySet[Ticket]:
    return bought_tickets().filter(user=user)


def valid_holds(now: datetime | None = None) -> QuerySet[Ticket]:
    """Seats that somebody is just choosing. `now`: the database's, by default."""
    return Ticket.objects.filter(purchased_at=None, held_until__gte=now or Now())


def occupies_seat(now: datetime | None = None) -> Q:
    """Which rows of Ticket keep others from their seat."""
    return Q(cancelled_at=None) & (Q(purchased_at__isnull=False) | Q(held_until__gte=now or Now()))


def with_details(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """With everything that a page or an answer says of a ticket, in the same query."""
    related = tickets.select_related("seat", "session__movie", "session__room", "user")
    return related.defer(*(f"session__movie__{name}" for name in DETAIL_ONLY))


def of_purchase(purchase: Purchase) -> QuerySet[Ticket]:
    """What was bought, or is held, by it, as `shown`, in the order of the seats."""
    return with_details(purchase.tickets.all()).order_by("seat__line", "seat__column", "id")


def find_hold(user: User, session: MovieSession) -> Purchase | None:
    """What this person is just choosing there, or is offered; its seats are `of_purchase`."""
    held = valid_holds().filter(user=user, session=session).values("purchase")
    choosing = Purchase.objects.filter(pk__in=held, confirmed_at=None)
    return choosing.exclude(waiting__offer_ends_at__lt=Now()).first()
