"""Reasons to refuse a ticket at the entrance, each for the visitor to hear."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.text import Truncator

from cinema.core import local_time
from cinema.core.local_time import format_moment
from cinema.models import MovieSession, Scan, Ticket
from cinema.queries.entrance import SOON
from common.errors import Code

# Of a film's title in a message, which has to fit its column.
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Refusal:
    code: Code
    message: str
    details: Mapping[str, Any]


def wrong_session(ticket: Ticket, session_id: int | None) -> Refusal | None:
    """Refuse a ticket for another session, before any other check: the visitor has to hear of the right room."""
    return None if session_id in (None, ticket.session_id) else _name_session(ticket.session)


def another_day(ticket: Ticket, now: datetime, session_id: int | None, is_picked: bool) -> Refusal | None:
    """Refuse a ticket for a later day than `now` where neither session nor ticket was picked by hand.

    With CHECK_IN_OPENS_MINUTES it is for `not_valid` to say when check-in opens.
    """
    begin = ticket.session.starts_at
    if session_id is not None or is_picked or settings.CHECK_IN_OPENS_MINUTES or begin < now + SOON:
        return None
    is_later = local_time.to_local(begin).date() > local_time.to_local(now).date()
    return _name_session(ticket.session) if is_later else None


def _name_session(session: MovieSession) -> Refusal:
    begin = local_time.to_local(session.starts_at)
    when = f"{begin:%H:%M}" if begin.date() == local_time.today() else format_moment(begin)
    film = Truncator(session.movie.title).chars(LONGEST_TITLE)
    details = {
        "session_id": session.pk,
        "movie": film,
        "room_number": session.room.number,
        "starts_at": _api_time(session.starts_at),
    }
    return Refusal(Code.WRONG_SESSION, f"This ticket is for Room {session.room.number}, {when}: {film}.", details)


def not_valid(ticket: Ticket, at: datetime) -> Refusal | None:
    """Refuse a cancelled or used ticket, and one for a session that is cancelled, over or not open at that time."""
    if ticket.cancelled_at:
        message = f"This ticket was cancelled: {format_moment(ticket.cancelled_at)}."
        return Refusal(Code.TICKET_CANCELLED, message, {"cancelled_at": _api_time(ticket.cancelled_at)})
    if ticket.used_at:
        return _already_used(ticket, ticket.used_at)
    return not_running(ticket.session, at) or _not_open_yet(ticket.session, at)


def _already_used(ticket: Ticket, used_at: datetime) -> Refusal:
    last = ticket.scans.filter(outcome=Scan.Outcome.ADMITTED).order_by("-received_at", "-id").first()
    door, by = last.door if last else "", ticket.used_by
    where = f", at {door}" if door else ""
    message = f"Already used: {format_moment(used_at)}{where}, by {by.username if by else 'an unknown user'}."
    person = {"id": by.pk, "username": by.username} if by else None
    return Refusal(Code.ALREADY_USED, message, {"used_at": _api_time(used_at), "used_by": person, "door": door})


def not_running(session: MovieSession, at: datetime) -> Refusal | None:
    """Refuse what is for a session that was cancelled or is over at that time."""
    if session.cancelled_at:
        message = f"This session was cancelled: {format_moment(session.cancelled_at)}."
        return Refusal(Code.SESSION_STARTED, message, {"cancelled_at": _api_time(session.cancelled_at)})
    if at >= session.ends_at:
        message = f"This session is over: it ended {format_moment(session.ends_at)}."
        return Refusal(Code.SESSION_STARTED, message, {"ends_at": _api_time(session.ends_at)})
    return None


def _not_open_yet(session: MovieSession, at: datetime) -> Refusal | None:
    if not settings.CHECK_IN_OPENS_MINUTES:
        return None
    opens_at = session.starts_at - timedelta(minutes=settings.CHECK_IN_OPENS_MINUTES)
    if at >= opens_at:
        return None
    return Refusal(Code.CONFLICT, f"Check-in opens {format_moment(opens_at)}.", {"opens_at": _api_time(opens_at)})


def _api_time(when: datetime) -> str:
    """Return the time as the API writes times."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")
