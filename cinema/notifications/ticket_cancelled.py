"""The notification that the cinema cancelled a ticket."""

from django.urls import reverse

from accounts.models import Notification, User
from accounts.notifications.kinds import MailContent, NotificationKind
from accounts.notifications.notify import notify
from cinema.models import Ticket
from cinema.notifications import phrases
from cinema.notifications.mail_parts import calendar_entries, subject_id
from cinema.queries import tickets as rows


def notify_ticket_cancelled(ticket: Ticket, cancelled_by: User) -> int:
    """Notify the ticket's holder, unless the holder cancelled it; return the number of notifications."""
    if ticket.user_id is None or ticket.user_id == cancelled_by.pk:
        return 0
    row = rows.with_details(rows.bought_tickets()).get(pk=ticket.pk)
    film = phrases.shorten_title(row.session.movie.title)
    lines = [
        f"Your ticket was cancelled: {film}, {phrases.format_moment(row.session.starts_at)}",
        f"The cinema cancelled your ticket for {row.seat.name}, {phrases.format_room(row.session.room)}.",
    ]
    link = reverse("ticket", args=[row.code])
    return notify([ticket.user_id], KIND, f"ticket {row.pk}", "\n".join(lines), link)


def _build_mail(notification: Notification) -> MailContent:
    """Attach a file that removes the visit from a calendar, or takes the ticket's seat out of it."""
    owned = rows.of_user(notification.user).filter(pk=subject_id(notification), cancelled_at__isnull=False)
    ticket = owned.first()
    attachments = calendar_entries(notification.user, ticket.session_id) if ticket else []
    return MailContent(context={"attachments": attachments}, attachments=attachments)


KIND = NotificationKind(
    value="ticket_cancelled",
    label="A ticket was cancelled",
    action="See your tickets",
    build_mail=_build_mail,
    template="cinema/notifications/cancelled",
)
