"""The notification that the room of a session has another number or name."""

from collections.abc import Iterable

from accounts.models import Notification
from accounts.notifications.kinds import MailContent, NotificationKind, Unwanted
from accounts.notifications.notify import NewNotification, notify_all
from cinema.models import MovieSession
from cinema.notifications import phrases
from cinema.notifications.concerned import build_mail_about, link_of, what_is_kept
from cinema.notifications.mail_parts import subject_id
from cinema.queries.concerned import people_concerned


def notify_room_renamed(before: str, sessions: Iterable[MovieSession | int]) -> int:
    """Notify everyone whom these sessions of the room concern; return the number of notifications.

    `before` is the text of the room's former name (phrases.format_room). The new one is stored, and so are the new
    revisions of the sessions: each name is a notification of its own. Three statements at most.
    """
    notifications = []
    for person in people_concerned(sessions):
        session = person.session
        film, moment = phrases.shorten_title(session.movie.title), phrases.format_moment(session.starts_at)
        lines = [
            f"{film}, {moment}: {before} is now {phrases.format_room(session.room)}",
            "It is the same room at the same place; only its name is new.",
            *what_is_kept(person),
        ]
        subject = f"session {session.pk} revision {session.revision}"
        notifications.append(NewNotification([person.user_id], KIND, subject, "\n".join(lines), link_of(person)))
    return notify_all(notifications)


def _build_mail(notification: Notification) -> MailContent:
    """Raise Unwanted for a session that was deleted or cancelled, or does not concern the person any more."""
    session = MovieSession.objects.filter(pk=subject_id(notification)).first()
    if session is None:
        raise Unwanted
    return build_mail_about(session, notification)


KIND = NotificationKind(
    value="room_renamed",
    label="A room has a new name",
    action="See your tickets",
    build_mail=_build_mail,
    template="cinema/notifications/session_moved",
)
