"""Kinds of notification for tests of this app, whose mails are plain; those of the cinema are tested there."""

from accounts.notifications.kinds import MailContent, NotificationKind


def plain(notification):
    return MailContent()


FILM_ADDED = NotificationKind(
    value="session_added", label="A film", action="See when it runs", build_mail=plain, is_optional=True
)
HOW_WAS_IT = NotificationKind(
    value="how_was_it", label="A question", action="Rate it", build_mail=plain, is_optional=True
)
TICKETS = NotificationKind(value="tickets_bought", label="Tickets", action="Show your tickets", build_mail=plain)
OFFER = NotificationKind(value="seat_offered", label="An offer", action="Take the seat", build_mail=plain)
CANCELLATION = NotificationKind(
    value="session_cancelled", label="No session", action="See your tickets", build_mail=plain
)
KINDS = [FILM_ADDED, HOW_WAS_IT, TICKETS, OFFER, CANCELLATION]
