"""The notification that a session takes place at another time or in another room."""

from datetime import datetime
from typing import NamedTuple

from accounts.models import Notification
from accounts.notifications.kinds import MailContent, NotificationKind, Unwanted
from accounts.notifications.notify import NewNotification, notify_all
from cinema.models import MovieSession, Room
from cinema.notifications import phrases
from cinema.notifications.holders import holder_id, tickets_by_holder, tickets_of, tickets_path
from cinema.notifications.mail_parts import calendar_entries, subject_id, ticket_context
from cinema.queries import tickets as rows


class Slot(NamedTuple):
    """The time and the room of a session."""

    starts_at: datetime
    ends_at: datetime
    room: Room


def notify_session_moved(session: MovieSession, previous: Slot) -> int:
    """Notify the ticket holders of a move; return the number of notifications.

    `session` is as stored, with its new `revision`: each move is a notification of its own.
    """
    new = Slot(session.starts_at, session.ends_at, session.room)
    notifications = []
    for tickets in tickets_by_holder(rows.live_tickets().filter(session=session)):
        seats = phrases.format_seats(phrases.seat_labels(tickets))
        lines = [
            _headline(phrases.shorten_title(tickets[0].session.movie.title), previous, new),
            f"Before: {_format_slot(previous)}.",
            f"Now: {_format_slot(new)}.",
            f"You keep {seats}." if previous.room == new.room else f"In the new room you have {seats}.",
            "If this doesn't suit you, you can cancel until the session begins.",
        ]
        notifications.append(
            NewNotification([holder_id(tickets)], KIND, _subject(session), "\n".join(lines), tickets_path(tickets))
        )
    return notify_all(notifications)


def _headline(film: str, previous: Slot, new: Slot) -> str:
    if previous.starts_at == new.starts_at and previous.room == new.room:
        return f"{film}, {phrases.format_moment(new.starts_at)}, now ends at {phrases.format_time(new.ends_at)}"
    if previous.room == new.room:
        return f"{film} was moved: now {phrases.format_moment(new.starts_at)}"
    if previous.starts_at == new.starts_at:
        return f"{film}, {phrases.format_moment(new.starts_at)}, is in another room: {phrases.format_room(new.room)}"
    return f"{film} was moved: now {phrases.format_moment(new.starts_at)}, {phrases.format_room(new.room)}"


def _format_slot(slot: Slot) -> str:
    times = f"{phrases.format_moment(slot.starts_at)} to {phrases.format_time(slot.ends_at)}"
    return f"{times}, {phrases.format_room(slot.room)}"


def _subject(session: MovieSession) -> str:
    return f"session {session.pk} revision {session.revision}"


def _build_mail(notification: Notification) -> MailContent:
    """List the tickets and attach their calendar entries.

    Raise Unwanted without a valid ticket, and when the session was moved again or cancelled: that is another
    notification.
    """
    session = MovieSession.objects.filter(pk=subject_id(notification)).first()
    if session is None or _subject(session) != notification.subject:
        raise Unwanted
    tickets = list(tickets_of(notification.user, session.pk).filter(cancelled_at=None))
    if not tickets:
        raise Unwanted
    return MailContent(context=ticket_context(tickets), attachments=calendar_entries(tickets))


KIND = NotificationKind(
    value="session_moved",
    label="A session was moved",
    action="See your tickets",
    build_mail=_build_mail,
    template="cinema/notifications/session_moved",
)
