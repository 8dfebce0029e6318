"""Texts that all documents of tickets share."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cinema.core.local_time import to_local
from cinema.models import Ticket, name_seats


def seats(tickets: Iterable[Ticket]) -> str:
    """Return "seat A1", or "seats A1, A2 and A3", as cinema.models.name_seats does."""
    return name_seats(ticket.seat for ticket in tickets)


def room(ticket: Ticket) -> str:
    """Return "Room 2", or "Room 2, Great Hall"."""
    room = ticket.session.room
    return f"Room {room.number}, {room.name}" if room.name else f"Room {room.number}"


def day(ticket: Ticket) -> str:
    """Return, for example, "Saturday 21 November 2026", by the cinema's clock."""
    begin = to_local(ticket.session.starts_at)
    return f"{begin:%A} {begin.day} {begin:%B %Y}"


def time(ticket: Ticket) -> str:
    """Return, for example, "20:15", by the cinema's clock."""
    return f"{to_local(ticket.session.starts_at):%H:%M}"


def holder(ticket: Ticket) -> str:
    """Return the holder's name or username; "" once the account is closed."""
    return (ticket.user.name or ticket.user.username) if ticket.user else ""


def age(ticket: Ticket) -> str:
    """Return, for example, "From 16 years"; "" for a film without an age limit."""
    years = ticket.session.movie.age_restriction
    return f"From {years} years" if years else ""


def is_cancelled(ticket: Ticket) -> bool:
    """Return whether the ticket or its session was cancelled."""
    return ticket.cancelled_at is not None or ticket.session.cancelled_at is not None


def explain_invalid(ticket: Ticket) -> str:
    """Return why the ticket is no longer valid; "" for a valid one."""
    if ticket.session.cancelled_at:
        return "This session was cancelled. The ticket is no longer valid."
    if ticket.cancelled_at:
        return "This ticket was cancelled and is no longer valid."
    if ticket.used_at:
        return "This ticket has been used. It is valid for one admission."
    return "This session is over." if ticket.session.ends_at <= timezone.now() else ""


def page_address(ticket: Ticket) -> str:
    """Return the absolute address of the ticket's page."""
    return settings.PUBLIC_URL + reverse("ticket", args=[ticket.code])


def site_name() -> str:
    """Return, for example, "cinema.example", which makes our ids globally unique."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
