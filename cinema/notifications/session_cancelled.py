"""The notification that a session does not take place, for ticket holders and for the waiting list."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse

from accounts.models import Notification
from accounts.notifications.kinds import MailContent, NotificationKind
from accounts.notifications.notify import NewNotification, notify_all
from cinema.models import MovieSession, Ticket, Waiting
from cinema.notifications import phrases
from cinema.notifications.holders import holder_id, tickets_by_holder, tickets_of, tickets_path
from cinema.notifications.mail_parts import calendar_entries, subject_id
from cinema.queries import tickets as rows


def notify_sessions_cancelled(sessions: Iterable[MovieSession]) -> int:
    """Notify the ticket holders and the waiting list; return the number of notifications. Three statements.

    Call this before the tickets are cancelled and the entries on the waiting list are ended.
    """
    pks = [session.pk for session in sessions]
    holders = tickets_by_holder(rows.live_tickets().filter(session__in=pks))
    entries = Waiting.objects.filter(session__in=pks, ended_at=None).select_related("session__movie")
    # A ticket holder who is also on the waiting list gets one notification: the first, about the ticket.
    return notify_all([*map(_for_holder, holders), *map(_for_entry, entries)])


def _for_holder(tickets: list[Ticket]) -> NewNotification:
    seats = phrases.format_seats(phrases.seat_labels(tickets))
    validity = f"ticket for {seats} is" if len(tickets) == 1 else f"tickets for {seats} are"
    details = f"This session will not take place. Your {validity} no longer valid."
    link = tickets_path(tickets) if len(tickets) == 1 else f"{reverse('tickets')}?when=cancelled"
    return _notification(holder_id(tickets), tickets[0].session, details, link)


def _for_entry(entry: Waiting) -> NewNotification:
    details = "This session will not take place, so there are no seats to wait for."
    return _notification(entry.user_id, entry.session, details, entry.session.movie.get_absolute_url())


def _notification(user_id: int, session: MovieSession, details: str, link: str) -> NewNotification:
    film = phrases.shorten_title(session.movie.title)
    lines = [f"Cancelled: {film}, {phrases.format_moment(session.starts_at)}", details, "We are sorry."]
    return NewNotification([user_id], KIND, f"session {session.pk}", "\n".join(lines), link)


def _build_mail(notification: Notification) -> MailContent:
    """Attach files that remove the tickets from a calendar; none for a user who was on the waiting list.

    The session may have been deleted.
    """
    # Tickets that were cancelled before the session was are not part of this.
    with_it = Q(cancelled_at=None) | Q(cancelled_at__gte=notification.created_at)
    owned = tickets_of(notification.user, subject_id(notification))
    tickets = list(owned.filter(with_it, session__cancelled_at__isnull=False))
    return MailContent(context={"tickets": tickets}, attachments=calendar_entries(tickets))


KIND = NotificationKind(
    value="session_cancelled",
    label="A session was cancelled",
    action="See your tickets",
    build_mail=_build_mail,
    template="cinema/notifications/cancelled",
)
