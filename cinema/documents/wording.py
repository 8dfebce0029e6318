"""How tickets' documents name things, the same on paper and in calendars."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cinema.core.local_time import to_local
from cinema.models import Ticket


def room(ticket: Ticket) -> str:
    """ "Room 2", or "Room 2, Great Hall": the number is what stands on the door."""
    it = ticket.session.room
    return f"Room {it.number}, {it.name}" if it.name else f"Room {it.number}"


def day(ticket: Ticket) -> str:
    """ "Saturday 21 November 2026", by the cinema's clock."""
    begin = to_local(ticket.session.starts_at)
    return f"{begin:%A} {begin.day} {begin:%B %Y}"


def time(ticket: Ticket) -> str:
    """ "20:15", by the cinema's clock."""
    return f"{to_local(ticket.session.starts_at):%H:%M}"


def holder(ticket: Ticket) -> str:
    """Empty once the account is closed."""
    return (ticket.user.name or ticket.user.username) if ticket.user else ""


def age(ticket: Ticket) -> str:
    """ "From 16 years"; empty for a film that everybody may see."""
    years = ticket.session.movie.age_restriction
    return f"From {years} years" if years else ""


def is_off(ticket: Ticket) -> bool:
    """Nobody comes in with it any more: it was cancelled, or what it was for."""
    return ticket.cancelled_at is not None or ticket.session.cancelled_at is not None


def why_spent(ticket: Ticket) -> str:
    """Why nobody comes in with it any more; empty for one that is good. A used one is, for a document, not off."""
    if ticket.cancelled_at:
        return "This ticket was cancelled. It lets nobody in."
    if ticket.session.cancelled_at:
        return "This session was cancelled. The ticket lets nobody in."
    if ticket.used_at:
        return "This ticket was used. It lets one person in, once."
    return "This session is over." if ticket.session.ends_at <= timezone.now() else ""


def page_address(ticket: Ticket) -> str:
    """Of the ticket's page, whole."""
    return settings.PUBLIC_URL + reverse("ticket", args=[ticket.code])


def site_name() -> str:
    """ "cinema.example": makes ids of ours unlike everybody else's."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
