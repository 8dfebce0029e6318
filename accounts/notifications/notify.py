"""Sending notifications, each once, on the site and by mail."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications import kinds
from accounts.notifications.kinds import NotificationKind
from common.services import publishing

# By name, because the tasks import this module.
SEND = "accounts.tasks.send_mails"
TEXT_LENGTH = 1000  # a longer text is cut: a very long title is no reason to fail

# One statement decides who is notified of what and whose mail is due. The users are locked against deletion, in the
# order of their ids, so that two transactions that notify many users do not deadlock.
NOTIFY = """
WITH messages AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(subjects)s::text[], %(texts)s::text[], %(links)s::text[])
    WITH ORDINALITY AS messages (kind, subject, text, link, place)
), addressees AS (
    SELECT * FROM unnest(%(users)s::bigint[], %(places)s::bigint[]) AS addressees (user_id, place)
), people AS (
    SELECT id, email_notices, notice_rhythm FROM accounts_user
    WHERE id = ANY(%(users)s) AND is_active ORDER BY id FOR KEY SHARE
), created AS (
    INSERT INTO accounts_notification (user_id, kind, subject, text, link, created_at)
    SELECT people.id, messages.kind, messages.subject, messages.text, messages.link, %(now)s
    FROM people JOIN addressees ON addressees.user_id = people.id JOIN messages USING (place)
    ORDER BY people.id, place
    ON CONFLICT DO NOTHING
    RETURNING id, user_id, kind
), mails AS (
    INSERT INTO accounts_mail (user_id, notification_id, state, created_at, due_at, attempts)
    SELECT created.user_id, created.id, 'due', %(now)s, %(now)s, 0
    FROM created JOIN people ON people.id = created.user_id
    WHERE created.kind <> ALL(%(optional)s::text[]) OR (people.email_notices AND people.notice_rhythm = 'at_once')
    ORDER BY created.id
    RETURNING id
)
SELECT (SELECT count(*) FROM created), (SELECT count(*) FROM mails)
"""


class NewNotification(NamedTuple):
    """The arguments of `notify`, for `notify_all`."""

    users: Collection[User | int]
    kind: NotificationKind
    subject: str
    text: str
    link: str


def notify(users: Iterable[User | int], kind: NotificationKind, subject: str, text: str, link: str) -> int:
    """Notify those users who have no notification of this kind and subject yet; return how many they are.

    Part of the caller's transaction: after a rollback nothing is sent. `subject` names what the notification is about
    ("session 12"), with anything that makes it another one, such as a new time. The first line of `text` is the
    headline and the mail's subject; further lines explain. `link` is a path of this site. Closed and deleted accounts
    are skipped. The worker sends the mails after the commit. Raise LookupError when the kind is not registered.
    """
    return notify_all([NewNotification(list(users), kind, subject, text, link)])


def notify_all(notifications: Sequence[NewNotification]) -> int:
    """Send several notifications as `notify` does, in one statement for all of them and all their users."""
    addressees = [
        (user if isinstance(user, int) else user.pk, place)
        for place, notification in enumerate(notifications, start=1)
        for user in notification.users
    ]
    if not addressees:
        return 0
    parameters: dict[str, Any] = {
        "users": [user for user, _ in addressees],
        "places": [place for _, place in addressees],
        "kinds": [kinds.get(notification.kind.value).value for notification in notifications],
        "subjects": [notification.subject for notification in notifications],
        "texts": [notification.text.strip()[:TEXT_LENGTH] for notification in notifications],
        "links": [notification.link for notification in notifications],
        "now": timezone.now(),
        "optional": kinds.optional_values(),
    }
    # A caller does not go on after a failure here, so inside its transaction no savepoint is needed.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(NOTIFY, parameters)
        created, mails = cursor.fetchone()
        if mails:
            wake_after_commit()
    return int(created)


def wake_worker() -> None:
    """Have a worker send the mails that are due."""
    publishing.wake(SEND)


def wake_after_commit() -> None:
    """Wake the worker once for each transaction. If the broker is down, the next sweep sends the mails."""
    if not any(entry[1] is wake_worker for entry in connection.run_on_commit):
        transaction.on_commit(wake_worker, robust=True)
