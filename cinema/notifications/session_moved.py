"""The notification that a session takes place at another time or in another room."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from accounts.models import Notification
from accounts.notifications.kinds import MailContent, NotificationKind, Unwanted
from accounts.notifications.notify import NewNotification, notify_all
from cinema.models import MovieSession, Room
from cinema.notifications import phrases
from cinema.notifications.concerned import build_mail_about, link_of, what_is_kept
from cinema.notifications.mail_parts import subject_id
from cinema.queries.concerned import Concerned, people_concerned


class Slot(NamedTuple):
    """The time and the room of a session."""

    starts_at: datetime
    ends_at: datetime
    room: Room


def notify_session_moved(session: MovieSession, previous: Slot) -> int:
    """Notify everyone whom the move concerns; return the number of notifications. Three statements at most.

    `session` is as stored, with its new `revision`: each move is a notification of its own.
    """
    new = Slot(session.starts_at, session.ends_at, session.room)
    notifications = []
    for person in people_concerned([session]):
        lines = [
            _headline(phrases.shorten_title(person.session.movie.title), previous, new),
            f"Before: {_format_slot(previous)}.",
            f"Now: {_format_slot(new)}.",
            *_what_now(person, is_same_room=previous.room == new.room),
        ]
        subject = _subject(session)
        notifications.append(NewNotification([person.user_id], KIND, subject, "\n".join(lines), link_of(person)))
    return notify_all(notifications)


def _what_now(person: Concerned, is_same_room: bool) -> Sequence[str]:
    lines = what_is_kept(person, "" if is_same_room else "In the new room ")
    if person.held:
        it = "it" if len(person.held) == 1 else "them"
        lines.append(f"Look at the new time before you take {it}.")
    if person.tickets:
        lines.append("If this doesn't suit you, you can cancel until the session begins.")
    elif not person.held:
        lines.append("If this doesn't suit you, you can leave the list on the session's page.")
    return lines


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
    return f"session {session.pk} revision {session.moved_revision}"


def _build_mail(notification: Notification) -> MailContent:
    """Raise Unwanted for a session that was moved again, which is another notification."""
    session = MovieSession.objects.filter(pk=subject_id(notification)).first()
    if session is None or _subject(session) != notification.subject:
        raise Unwanted
    return build_mail_about(session, notification)


KIND = NotificationKind(
    value="session_moved",
    label="A session was moved",
    action="See your tickets",
    build_mail=_build_mail,
    template="cinema/notifications/session_moved",
)
