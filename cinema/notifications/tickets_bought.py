"""The notification of a purchase, with the tickets in its mail."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, User
from accounts.notifications.deliveries import Delivery, find_delivery
from accounts.notifications.kinds import Attachment, MailContent, NotificationKind, Unwanted
from accounts.notifications.mail_queue import send_again
from accounts.notifications.notify import notify
from accounts.sign_in.guesses import count_mail
from cinema.documents import wording
from cinema.models import MovieSession, Purchase, Room, Seat, name_seats
from cinema.notifications import phrases
from cinema.notifications.mail_parts import calendar_entries, subject_id, ticket_context
from cinema.queries import tickets as rows
from common.errors import Code, Conflict


def notify_purchase(purchase: Purchase) -> int:
    """Notify the holder of the tickets; return the number of notifications."""
    tickets = list(rows.of_purchase(purchase))
    session = tickets[0].session
    return notify_sale(purchase, session.movie.title, session, session.room, [ticket.seat for ticket in tickets])


def notify_sale(purchase: Purchase, film: str, session: MovieSession, room: Room, seats: Sequence[Seat]) -> int:
    """Notify as `notify_purchase` does, of what the caller has just sold and need not be read again."""
    if purchase.user_id is None:
        raise ValueError("The account of these tickets was deleted.")
    text = f"{_headline(film, session, len(seats))}\n{phrases.format_room(room)}, {name_seats(seats)}."
    return notify([purchase.user_id], KIND, _subject(purchase), text, reverse("purchase", args=[purchase.pk]))


def find_tickets_mail(purchase: Purchase, holder: User) -> Delivery:
    """Return what was sent where and when of the tickets of `purchase`."""
    return find_delivery(holder, KIND.value, _subject(purchase))


def send_tickets_again(purchase: Purchase, holder: User) -> None:
    """Mail the tickets of `purchase` once more, to the address that the holder's account has now.

    Raise Conflict (ticket_cancelled, session_started) when no ticket is valid any more, TooManyRequests and
    LimitsUnavailable.
    """
    valid = [ticket for ticket in rows.of_purchase(purchase).filter(user=holder) if not wording.is_cancelled(ticket)]
    if not valid:
        raise Conflict(Code.TICKET_CANCELLED, "These tickets were cancelled.")
    if valid[0].session.ends_at <= timezone.now():
        raise Conflict(Code.SESSION_STARTED, "This session is over.")
    count_mail("tickets", holder)
    notification = Notification.objects.filter(user=holder, kind=KIND.value, subject=_subject(purchase)).first()
    if notification:
        send_again(notification, holder)
    else:  # deleted since, as read ones are in time
        notify_purchase(purchase)


def _subject(purchase: Purchase) -> str:
    return f"purchase {purchase.pk}"


def _headline(film: str, session: MovieSession, number: int) -> str:
    word = "ticket" if number == 1 else "tickets"
    return f"Your {word}: {phrases.shorten_title(film)}, {phrases.format_moment(session.starts_at)}"


def _build_mail(notification: Notification) -> MailContent:
    """Attach the tickets that are still valid, to print and for the calendar.

    Raise Unwanted when there are none, or when the session is over.
    """
    from cinema.documents import pdf  # here, because its libraries are a sixth of the start of every process

    purchase_id = subject_id(notification)
    purchase = Purchase.objects.filter(pk=purchase_id).first()
    tickets = list(rows.of_purchase(purchase).filter(user=notification.user)) if purchase else []
    valid = [ticket for ticket in tickets if not wording.is_cancelled(ticket)]
    if not valid or valid[0].session.ends_at <= timezone.now():
        raise Unwanted
    session = valid[0].session
    headline = _headline(session.movie.title, session, len(valid))
    cancelled = wording.seats(ticket for ticket in tickets if wording.is_cancelled(ticket))
    sheet: Attachment = (f"tickets-{purchase_id}.pdf", pdf.ticket_pdf(valid), "application/pdf")
    return MailContent(
        subject=headline,
        context=ticket_context(valid) | {"headline": headline, "cancelled": cancelled},
        attachments=[sheet, *calendar_entries(notification.user, valid[0].session_id)],
    )


KIND = NotificationKind(
    value="tickets_bought",
    label="Tickets",
    action="Show your tickets",
    build_mail=_build_mail,
    template="cinema/notifications/tickets_bought",
)
