"""What became of the mail of a notification, for the people whom it is for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils import timezone

from accounts import queries
from accounts.models import Mail, User


class DeliveryState(TextChoices):
    SENT = "sent", "A mail server has taken it."
    WAITING = "waiting", "It is about to be sent, or sent again."
    FAILED = "failed", "No mail server took it."
    NOT_SENT = "not_sent", "There is no mail, or it was no longer wanted when it was made."


STATES = {
    Mail.State.SENT: DeliveryState.SENT,
    Mail.State.DUE: DeliveryState.WAITING,
    Mail.State.FAILED: DeliveryState.FAILED,
    Mail.State.DROPPED: DeliveryState.NOT_SENT,
}

AT_ONCE = timedelta(seconds=30)


@dataclass(frozen=True)
class Delivery:
    """What was sent where and when.

    `address` is where it went or will go; empty for mails sent before that was noted. `sent_at` is the last time.
    `next_try_at` is when a waiting one is sent, None for at once, and `failures` how often no mail server took it.
    """

    state: DeliveryState
    address: str
    is_confirmed: bool
    sent_at: datetime | None = None
    next_try_at: datetime | None = None
    failures: int = 0

    @property
    def is_held_back(self) -> bool:
        """Return whether it waits because an address that is not confirmed gets few mails a day."""
        return (
            self.state == DeliveryState.WAITING and not (self.is_confirmed or self.failures) and bool(self.next_try_at)
        )

    @property
    def can_be_sent_again(self) -> bool:
        return self.state != DeliveryState.WAITING or self.failures > 0


def find_delivery(user: User, kind: str, subject: str) -> Delivery:
    """Return what became of the mail of the user's notification of this kind and subject. Two queries."""
    about = {"notification__user": user, "notification__kind": kind, "notification__subject": subject}
    mail = Mail.objects.filter(**about).first()
    is_confirmed = queries.is_confirmed(user)
    if mail is None:
        return Delivery(DeliveryState.NOT_SENT, user.email, is_confirmed)
    state = STATES[Mail.State(mail.state)]
    if state == DeliveryState.SENT:
        return Delivery(state, mail.address, is_confirmed, mail.sent_at)
    is_waiting = state == DeliveryState.WAITING
    next_try_at = mail.due_at if is_waiting and mail.due_at > timezone.now() + AT_ONCE else None
    return Delivery(state, user.email, is_confirmed, mail.sent_at, next_try_at, mail.attempts if is_waiting else 0)
