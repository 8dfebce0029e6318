"""Sending the mails that are due, each once.

A mail's row is locked while it is sent (others skip it) and marked in the same short transaction. A worker that dies
before the commit leaves the row due: the mail is made again with the same Message-ID. The file store keeps one file a
Message-ID, so there it is one mail. A real server may by then have accepted the first, so between its "accepted"
and our commit a death can send a mail twice; it is the same Message-ID, which many mail programs show once.
"""

from datetime import date, datetime, time, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import queries
from accounts.models import Mail, Notification, User
from accounts.notifications import kinds
from accounts.notifications.kinds import Unwanted
from accounts.notifications.mail_texts import of_digest, of_notice

log = structlog.get_logger(__name__)

# After each failure the next try waits longer; after the last of them the mail is given up.
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720)]
# Whoever could not be written to by then (address not confirmed, account closed) is not written to with old news.
GOOD_FOR = timedelta(days=3)
BATCH = 500
DIGEST_HOUR = 8  # in the cinema's time zone
DIGEST_REACHES = timedelta(days=7)
KEEP_READ, KEEP_MAILS = timedelta(days=365), timedelta(days=90)


class ServerAway(Exception):
    """No mail can be sent now, whoever it is for."""


def send_due(limit: int = BATCH) -> int:
    """Sends what is due, `limit` mails at most, and returns how many were sent."""
    sent, post = 0, get_connection()  # opened by the first mail, and kept open for the others
    try:
        for _ in range(limit):
            mail = send_next(post)
            if mail is None:
                break
            sent += mail.state == Mail.State.SENT
    except ServerAway as away:
        log.warning("mail_server_away", reason=type(away.__cause__).__name__)
    finally:
        post.close()
    if sent:
        log.info("mails_sent", sent=sent)
    return sent


def send_next(post: BaseEmailBackend) -> Mail | None:
    """The mail that was taken, as it stands afterwards; None when none is due. Raises ServerAway."""
    with transaction.atomic():
        with connection.cursor() as cursor:  # a mail server may take its time, step by step
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")
        mail = claim()
        away = settle(mail, post) if mail else None
    if away:
        raise ServerAway from away
    return mail


def claim() -> Mail | None:
    """The mail that is due longest, locked; to open accounts whose address was confirmed."""
    now = timezone.now()
    due = Mail.objects.filter(
        state=Mail.State.DUE, due_at__lte=now, created_at__gt=now - GOOD_FOR, user__is_active=True
    )
    confirmed = Exists(queries.confirmed_addresses(OuterRef("user"), OuterRef("user__email")))
    rows = due.filter(confirmed, user__is_active=True).select_related("user", "notification").order_by("due_at", "id")
    return rows.select_for_update(skip_locked=True, of=("self",)).first()


def settle(mail: Mail, post: BaseEmailBackend) -> Exception | None:
    """Sends it and writes down what came of it; returns the failure when it was the server's as a whole."""
    try:
        with transaction.atomic():  # what an app adds to a mail may ask the database, and fail there
            message, about = compose(mail)
    except Unwanted:
        finish(mail, Mail.State.DROPPED)
        return None
    except Exception as error:  # a mail that cannot be made must not hold up everybody else's
        log.exception("mail_not_made", mail=mail.pk)
        postpone(mail, error)
        return None
    try:
        post.open()
        post.send_messages([message])
    except (SMTPRecipientsRefused, SMTPDataError) as error:  # this mail's own trouble
        if is_final(error):
            give_up(mail, error)
        else:
            postpone(mail, error)
        return None
    except OSError as error:  # smtplib's own are among these
        postpone(mail, error)
        return error
    finish(mail, Mail.State.SENT)
    about.update(emailed_at=timezone.now())
    return None


def compose(mail: Mail) -> tuple[EmailMultiAlternatives, QuerySet[Notification]]:
    """The message, and what it is about. Raises Unwanted."""
    if mail.digest_day:
        unread = list(for_digest(mail.user, mail.digest_day))
        if not unread or not mail.user.email_notices:
            raise Unwanted
        about = Notification.objects.filter(pk__in=[notification.pk for notification in unread])
        return of_digest(mail.user, mail.digest_day, unread), about
    notification = mail.notification
    if notification is None or (kinds.get(notification.kind).is_optional and not mail.user.email_notices):
        raise Unwanted
    notification.user = mail.user
    return of_notice(notification), Notification.objects.filter(pk=notification.pk)


def is_final(error: SMTPRecipientsRefused | SMTPDataError) -> bool:
    """5xx is a no; 4xx is "not now"."""
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _ in error.recipients.values())


def finish(mail: Mail, state: Mail.State) -> None:
    mail.state = state
    mail.attempts += 1
    mail.save(update_fields=["state", "attempts"])


def postpone(mail: Mail, error: Exception) -> None:
    if mail.attempts >= len(WAITS):
        give_up(mail, error)
        return
    mail.due_at = timezone.now() + WAITS[mail.attempts]
    mail.attempts += 1
    mail.save(update_fields=["due_at", "attempts"])
    log.warning("mail_postponed", mail=mail.pk, attempts=mail.attempts, reason=type(error).__name__)


def give_up(mail: Mail, error: Exception) -> None:
    finish(mail, Mail.State.FAILED)
    log.error("mail_given_up", mail=mail.pk, attempts=mail.attempts, reason=type(error).__name__)


# --- The digest: once a day for those who prefer it ---


def plan_digests(now: datetime | None = None) -> int:
    """From DIGEST_HOUR on, a mail for everybody who has something new from before that hour; returns how many.

    May be called at any time and as often as one likes: a person has one digest a day.
    """
    now = now or timezone.now()
    day = now.astimezone(ZoneInfo(settings.CINEMA_TIME_ZONE)).date()
    if now < digest_moment(day):
        return 0
    daily = User.objects.filter(is_active=True, email_notices=True, notice_rhythm=User.NoticeRhythm.DAILY)
    planned = Mail.objects.filter(user=OuterRef("pk"), digest_day=day)
    people = daily.filter(Exists(for_digest(OuterRef("pk"), day))).exclude(Exists(planned)).values_list("pk", flat=True)
    mails = [Mail(user_id=pk, digest_day=day) for pk in people]
    Mail.objects.bulk_create(mails, batch_size=1000, ignore_conflicts=True)
    return len(mails)


def digest_moment(day: date) -> datetime:
    return datetime.combine(day, time(DIGEST_HOUR), ZoneInfo(settings.CINEMA_TIME_ZONE))


def for_digest(user: User | OuterRef, day: date) -> QuerySet[Notification]:
    """What they have not read and were not mailed, the oldest first."""
    moment = digest_moment(day)
    optional = Notification.objects.filter(user=user, kind__in=kinds.optional_values())
    new = optional.filter(read_at=None, emailed_at=None, mail=None)
    return new.filter(created_at__lt=moment, created_at__gt=moment - DIGEST_REACHES).order_by("created_at", "id")


def clean() -> tuple[int, int]:
    """Deletes what was read long ago, and word of mails long sent; lets go of those that waited too long.

    Returns how many notifications and how many mails are gone.
    """
    now = timezone.now()
    Mail.objects.filter(state=Mail.State.DUE, created_at__lte=now - GOOD_FOR).update(state=Mail.State.DROPPED)
    old = Notification.objects.filter(read_at__lt=now - KEEP_READ)
    mails = Mail.objects.filter(created_at__lt=now - KEEP_MAILS).exclude(state=Mail.State.DUE)
    notifications, _ = old.delete()
    deleted, _ = mails.delete()
    return notifications, deleted
