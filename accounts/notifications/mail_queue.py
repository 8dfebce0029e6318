"""Sending the mails that are due, each once.

A mail's row is locked while the mail is sent (other workers skip it) and is marked in the same short transaction. If
a worker dies before the commit, the row stays due and the mail is made again with the same Message-ID. The file
backend keeps one file for each Message-ID, so there it is one mail. A mail server may have accepted the first one:
when a worker dies between the server's reply and our commit, a mail can be sent twice, with the same Message-ID, and
many mail programs show it once.
"""

from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from accounts.models import Mail, Notification, User
from accounts.notifications import kinds, unconfirmed
from accounts.notifications.digests import digest_notifications
from accounts.notifications.kinds import Unwanted
from accounts.notifications.mail_messages import build_account_message, build_digest_message, build_message
from accounts.notifications.notify import wake_after_commit
from common.mail_headers import OutgoingMessage

log = structlog.get_logger(__name__)

# The delay before each further attempt; after the last one the mail has failed.
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720)]
# A mail that could not be sent for so long (address not confirmed, account closed) is out of date.
VALID_FOR = timedelta(days=3)
BATCH = 500


class ServerUnavailable(Exception):
    """The mail server takes no mails at all."""


def send_due(limit: int = BATCH) -> int:
    """Send at most `limit` mails that are due; return how many were sent."""
    sent, backend = 0, get_connection()  # the first mail opens it, and it stays open for the others
    try:
        for _ in range(limit):
            mail = _send_next(backend)
            if mail is None:
                break
            sent += mail.state == Mail.State.SENT
    except ServerUnavailable as error:
        log.warning("mail_server_away", reason=type(error.__cause__).__name__)
    finally:
        backend.close()
    if sent:
        log.info("mails_sent", sent=sent)
    return sent


def drop_outdated() -> int:
    """Drop the mails that have been due for too long; return how many."""
    outdated = Mail.objects.filter(state=Mail.State.DUE, created_at__lte=timezone.now() - VALID_FOR)
    return outdated.update(state=Mail.State.DROPPED, text="")


def send_again(notification: Notification, user: User) -> None:
    """Make the notification's mail due once more, unless it is on its way. The caller limits how often."""
    now, rows = timezone.now(), Mail.objects.filter(notification=notification)
    with transaction.atomic():
        _, is_new = rows.get_or_create(notification=notification, defaults={"user": user, "times_sent": 1})
        if not is_new:
            idle = rows.exclude(state=Mail.State.DUE, attempts=0)
            # One that a worker is sending right now is locked; do not wait for the mail server.
            unlocked = idle.select_for_update(skip_locked=True).values_list("pk", flat=True)
            again = {"state": Mail.State.DUE, "created_at": now, "due_at": now, "attempts": 0, "error": ""}
            rows.filter(pk__in=list(unlocked)).update(**again)
        wake_after_commit()


def _send_next(backend: BaseEmailBackend) -> Mail | None:
    """Return the mail that was tried, in its new state, or None when none is due. Raise ServerUnavailable."""
    with transaction.atomic():
        with connection.cursor() as cursor:  # a mail server may take its time at each step
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")
        mail = _lock_next()
        failure = _process(mail, backend) if mail else None
    if failure:
        raise ServerUnavailable from failure
    return mail


def _lock_next() -> Mail | None:
    """Lock and return the mail that has been due longest; None when none is due.

    Mails about an account come first: their readers wait for a link. Others go to open accounts.
    """
    now = timezone.now()
    due = Mail.objects.filter(state=Mail.State.DUE, due_at__lte=now, created_at__gt=now - VALID_FOR)
    about_account = ExpressionWrapper(Q(user=None), BooleanField())
    rows = due.filter(unconfirmed.may_be_sent()).select_related("user", "notification")
    rows = rows.order_by(about_account.desc(), "due_at", "id")
    return rows.select_for_update(skip_locked=True, of=("self",)).first()


def _process(mail: Mail, backend: BaseEmailBackend) -> Exception | None:
    """Send the mail and store the outcome; return the error when the server takes no mails at all."""
    if turn := unconfirmed.find_turn(mail):
        mail.due_at = turn
        mail.save(update_fields=["due_at"])
        log.info("mail_held_back", mail=mail.pk)
        return None
    try:
        backend.open()  # before a mail is built, which makes the PDF of tickets
    except OSError as error:
        _postpone(mail, error)
        return error
    try:
        with transaction.atomic():  # a mail builder may query the database, and fail there
            message, notifications = _build(mail)
    except Unwanted:
        _finish(mail, Mail.State.DROPPED)
        return None
    except Exception as error:  # a mail that cannot be built must not hold up the others
        log.exception("mail_not_made", mail=mail.pk)
        _postpone(mail, error)
        return None
    return _send(mail, backend, message, notifications)


def _send(
    mail: Mail, backend: BaseEmailBackend, message: OutgoingMessage, notifications: QuerySet[Notification]
) -> Exception | None:
    """Send the message and store the outcome; return the error when the server takes no mails at all."""
    try:
        backend.send_messages([message])
    except (SMTPRecipientsRefused, SMTPDataError) as error:  # a problem of this mail only
        if _is_permanent(error):
            _give_up(mail, error)
        else:
            _postpone(mail, error)
        return None
    except OSError as error:  # includes the other errors of smtplib
        _postpone(mail, error)
        return error
    mail.address, mail.sent_at, mail.times_sent = message.to[0].lower(), timezone.now(), mail.times_sent + 1
    _finish(mail, Mail.State.SENT)
    notifications.update(emailed_at=timezone.now())
    return None


def _build(mail: Mail) -> tuple[OutgoingMessage, QuerySet[Notification]]:
    """Return the message and the notifications in it. Raise Unwanted when there is nothing to send any more."""
    if mail.user is None:
        return build_account_message(mail), Notification.objects.none()
    if mail.digest_day:
        unread = list(digest_notifications(mail.user, mail.digest_day))
        if not unread or not mail.user.email_notices:
            raise Unwanted
        notifications = Notification.objects.filter(pk__in=[notification.pk for notification in unread])
        return build_digest_message(mail.user, mail.digest_day, unread), notifications
    notification = mail.notification
    if notification is None or (kinds.get(notification.kind).is_optional and not mail.user.email_notices):
        raise Unwanted
    notification.user = mail.user
    return build_message(notification, nth=mail.times_sent), Notification.objects.filter(pk=notification.pk)


def _is_permanent(error: SMTPRecipientsRefused | SMTPDataError) -> bool:
    """Return whether the server refused for good (5xx), and not just for now (4xx)."""
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _ in error.recipients.values())


def _finish(mail: Mail, state: Mail.State) -> None:
    mail.state, mail.text = state, ""
    mail.attempts += 1
    mail.save(update_fields=["state", "text", "attempts", "error", "address", "sent_at", "times_sent"])


def _postpone(mail: Mail, error: Exception) -> None:
    if mail.attempts >= len(DELAYS):
        _give_up(mail, error)
        return
    mail.due_at = timezone.now() + DELAYS[mail.attempts]
    mail.attempts += 1
    mail.error = type(error).__name__
    mail.save(update_fields=["due_at", "attempts", "error"])
    log.warning("mail_postponed", mail=mail.pk, attempts=mail.attempts, reason=type(error).__name__)


def _give_up(mail: Mail, error: Exception) -> None:
    mail.error = type(error).__name__
    _finish(mail, Mail.State.FAILED)
    log.error("mail_given_up", mail=mail.pk, attempts=mail.attempts, reason=type(error).__name__)
