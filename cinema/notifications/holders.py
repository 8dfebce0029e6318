"""Tickets by their holder, and the pages that show them."""

from itertools import groupby

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from cinema.models import Ticket
from cinema.queries import tickets as rows


def tickets_by_holder(tickets: QuerySet[Ticket]) -> list[list[Ticket]]:
    """Return the tickets of each session and holder, in the order of the seats, without those of deleted accounts.

    One query.
    """
    shown = rows.with_details(tickets.filter(user__isnull=False))
    ordered = shown.order_by("session_id", "user_id", "seat__line", "seat__column", "id")
    return [list(group) for _, group in groupby(ordered, lambda ticket: (ticket.session_id, ticket.user_id))]


def holder_id(tickets: list[Ticket]) -> int:
    """Return the id of the user who holds `tickets`. Raise ValueError when the account was deleted."""
    user_id = tickets[0].user_id
    if user_id is None:
        raise ValueError("The account of these tickets was deleted.")
    return user_id


def tickets_of(user: User, session_id: int) -> QuerySet[Ticket]:
    """Return the user's tickets for a session, cancelled ones included, in the order of the seats."""
    return rows.with_details(rows.of_user(user).filter(session=session_id)).order_by("seat__line", "seat__column", "id")


def tickets_path(tickets: list[Ticket]) -> str:
    """Return the page that shows these tickets: of the one ticket, of the one purchase, or of all tickets."""
    if len(tickets) == 1:
        return reverse("ticket", args=[tickets[0].code])
    purchases = {ticket.purchase_id for ticket in tickets}
    return reverse("purchase", args=[purchases.pop()]) if len(purchases) == 1 else reverse("tickets")
