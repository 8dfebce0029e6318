"""The notification that a session does not take place, or is taken off the programme."""

from collections.abc import Iterable

from django.urls import reverse

from accounts.models import Notification
from accounts.notifications.kinds import MailContent, NotificationKind
from accounts.notifications.notify import NewNotification, notify_all
from cinema.documents import wording
from cinema.models import MovieSession
from cinema.notifications import phrases
from cinema.notifications.holders import session_path, tickets_path
from cinema.notifications.mail_parts import calendar_entries, subject_id
from cinema.queries.concerned import Concerned


def notify_sessions_cancelled(people: Iterable[Concerned]) -> int:
    """Notify the people whom the cancellation of sessions concerns; return the number of notifications. One statement.

    `people` were read before the tickets were cancelled, the holds deleted and the waiting list closed.
    """
    return notify_all([_notification(person, "Cancelled", f"session {person.session.pk}") for person in people])


def notify_session_withdrawn(session: MovieSession, people: Iterable[Concerned]) -> int:
    """Notify the people, read as above, of a session that became a draft again; return the number of notifications.

    `session` is as stored, with its new `revision`: it may be published and withdrawn again.
    """
    subject = f"session {session.pk} revision {session.revision}"
    return notify_all([_notification(person, "Taken off the programme", subject) for person in people])


def _notification(person: Concerned, what: str, subject: str) -> NewNotification:
    session = person.session
    film = phrases.shorten_title(session.movie.title)
    lines = [
        f"{what}: {film}, {phrases.format_moment(session.starts_at)}",
        f"This session will not take place{_consequence(person)}",
        "We are sorry.",
    ]
    return NewNotification([person.user_id], KIND, subject, "\n".join(lines), _link(person))


def _consequence(person: Concerned) -> str:
    """Return the end of the sentence. Who has tickets reads of the tickets, whatever else they have."""
    if person.tickets:
        seats = wording.seats(person.tickets)
        validity = f"ticket for {seats} is" if len(person.tickets) == 1 else f"tickets for {seats} are"
        return f". Your {validity} no longer valid."
    if person.held:
        return f", so we no longer hold {wording.seats(person.held)} for you."
    return ", so there are no seats to wait for."


def _link(person: Concerned) -> str:
    """Return the page of the tickets; for others that of the session, which says when else the film is on."""
    if not person.tickets:
        return session_path(person.session) if person.session.published else person.session.movie.get_absolute_url()
    return tickets_path(person.tickets) if len(person.tickets) == 1 else f"{reverse('tickets')}?when=cancelled"


def _build_mail(notification: Notification) -> MailContent:
    """Attach a file that removes the visit from a calendar; none for a person without tickets."""
    session = MovieSession.objects.filter(pk=subject_id(notification), cancelled_at__isnull=False).first()
    attachments = calendar_entries(notification.user, session.pk) if session else []
    context = {"attachments": attachments} if attachments else {"action": "See other times"}
    return MailContent(context=context, attachments=attachments)


KIND = NotificationKind(
    value="session_cancelled",
    label="A session was cancelled",
    action="See your tickets",
    build_mail=_build_mail,
    template="cinema/notifications/cancelled",
)
