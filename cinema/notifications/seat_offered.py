"""The notification that seats are kept for an entry of the waiting list."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, User
from accounts.notifications.kinds import MailContent, NotificationKind, Unwanted
from accounts.notifications.notify import notify
from cinema.core.local_time import to_local, today
from cinema.models import MovieSession, Seat, Waiting, name_seats
from cinema.notifications import phrases
from cinema.notifications.mail_parts import subject_id


def notify_offer(user: User, session: MovieSession, offered: Sequence[Seat], until: datetime) -> int:
    """Notify `user` that the seats are kept until then; return the number of notifications.

    Each offer is a notification of its own, so its end is part of the subject.
    """
    seats = "A seat is" if len(offered) == 1 else f"{len(offered)} seats are"
    film = phrases.shorten_title(session.movie.title)
    end = phrases.format_time(until) if to_local(until).date() == today() else phrases.format_moment(until)
    lines = [
        f"{seats} free for you: {film}, {phrases.format_moment(session.starts_at)}",
        f"We keep {name_seats(offered)} for you until {end}. Then it is the next person's turn.",
    ]
    subject = f"session {session.pk} until {until.astimezone(UTC).isoformat()}"
    return notify([user], KIND, subject, "\n".join(lines), reverse("session", args=[session.pk]))


def _build_mail(notification: Notification) -> MailContent:
    """Add nothing. Raise Unwanted when the offer is over, accepted or declined: it must hold when it is read."""
    until = datetime.fromisoformat(notification.subject.rpartition(" ")[2])
    open_entries = Waiting.objects.filter(ended_at=None, offer_ends_at=until)
    is_open = open_entries.filter(user=notification.user, session=subject_id(notification)).exists()
    if until <= timezone.now() or not is_open:
        raise Unwanted
    return MailContent()


KIND = NotificationKind(
    value="seat_offered",
    label="A seat is free",
    action="Take the seat",
    build_mail=_build_mail,
)
