"""Tickets of one holder, and the pages that show them."""

from django.urls import reverse

from cinema.models import MovieSession, Ticket


def holder_id(tickets: list[Ticket]) -> int:
    """Return the id of the user who holds `tickets`. Raise ValueError when the account was deleted."""
    user_id = tickets[0].user_id
    if user_id is None:
        raise ValueError("The account of these tickets was deleted.")
    return user_id


def tickets_path(tickets: list[Ticket]) -> str:
    """Return the page that shows these tickets: of the one ticket, of the one purchase, or of all tickets."""
    if len(tickets) == 1:
        return reverse("ticket", args=[tickets[0].code])
    purchases = {ticket.purchase_id for ticket in tickets}
    return reverse("purchase", args=[purchases.pop()]) if len(purchases) == 1 else reverse("tickets")


def session_path(session: MovieSession) -> str:
    """Return the page of the session, which shows seats that are held or offered, and places on the waiting list."""
    return reverse("session", args=[session.pk])
