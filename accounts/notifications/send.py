"""Telling people things, each once, on the site and by mail; and what they have read of it."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Notification, User
from accounts.notifications import kinds
from accounts.notifications.kinds import NotificationKind

TEXT_LENGTH = 1000  # a very long title is no reason to refuse what is being told about

# One statement: who is told what, and whose mail is due, is one decision. People are locked against being deleted
# meanwhile, in one order, so that two that tell many people at once do not wait for each other.
TELL = """
WITH news AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(subjects)s::text[], %(texts)s::text[], %(links)s::text[])
    WITH ORDINALITY AS news (kind, subject, text, link, place)
), addressed AS (
    SELECT * FROM unnest(%(users)s::bigint[], %(places)s::bigint[]) AS addressed (user_id, place)
), people AS (
    SELECT id, email_notices, notice_rhythm FROM accounts_user
    WHERE id = ANY(%(users)s) AND is_active ORDER BY id FOR KEY SHARE
), told AS (
    INSERT INTO accounts_notification (user_id, kind, subject, text, link, created_at)
    SELECT people.id, news.kind, news.subject, news.text, news.link, %(now)s
    FROM people JOIN addressed ON addressed.user_id = people.id JOIN news USING (place)
    ORDER BY people.id, place
    ON CONFLICT DO NOTHING
    RETURNING id, user_id, kind
), mails AS (
    INSERT INTO accounts_mail (user_id, notification_id, state, created_at, due_at, attempts)
    SELECT told.user_id, told.id, 'due', %(now)s, %(now)s, 0
    FROM told JOIN people ON people.id = told.user_id
    WHERE told.kind <> ALL(%(optional)s::text[]) OR (people.email_notices AND people.notice_rhythm = 'at_once')
    ORDER BY told.id
    RETURNING id
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM mails)
"""


class News(NamedTuple):
    """What `tell` tells, to be told with others by `tell_all`."""

    users: Collection[User | int]
    kind: NotificationKind
    subject: str
    text: str
    link: str


def tell(users: Iterable[User | int], kind: NotificationKind, subject: str, text: str, link: str) -> int:
    """Tells those who were not told this (kind, subject) before; returns how many that were.

    Part of the caller's transaction: nobody hears of what did not happen. `subject` names what it is about
    ("session 12"; put into it what must tell two notices apart, such as the new time). The first line of `text`
    says it all, for it is also the mail's subject; more lines explain. `link` is a path of this site. Closed and
    deleted accounts are left out. The worker sends the mails after the commit.
    """
    return tell_all([News(list(users), kind, subject, text, link)])


def tell_all(news: Sequence[News]) -> int:
    """As `tell`, of several things, in one statement however many they are and however many people hear of them."""
    addressed = [
        (user if isinstance(user, int) else user.pk, place)
        for place, each in enumerate(news, start=1)
        for user in each.users
    ]
    if not addressed:
        return 0
    values: dict[str, Any] = {
        "users": [user for user, _ in addressed],
        "places": [place for _, place in addressed],
        "kinds": [kinds.get(each.kind.value).value for each in news],
        "subjects": [each.subject for each in news],
        "texts": [each.text.strip()[:TEXT_LENGTH] for each in news],
        "links": [each.link for each in news],
        "now": timezone.now(),
        "optional": kinds.optional_values(),
    }
    # Whoever tells does not go on without having told, so inside their transaction it needs no savepoint.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(TELL, values)
        told, mails = cursor.fetchone()
        if mails:
            wake_after_commit()
    return int(told)


def wake_after_commit() -> None:
    """Once a transaction, however many are told. A broker that is away leaves the mails to the next sweep."""
    if not any(entry[1] is wake_worker for entry in connection.run_on_commit):
        transaction.on_commit(wake_worker, robust=True)


def wake_worker() -> None:
    # By its name: the tasks stand above the writes.
    current_app.send_task("accounts.tasks.send_mails", retry=False)


def mark_read(notification: Notification) -> Notification:
    """The time of the first reading stays. Raises DoesNotExist when it is gone."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())
    notification.refresh_from_db(fields=["read_at"])
    return notification


def mark_answered(user: User, kind: str, link: str) -> int:
    """Those of this kind that lead there are read: what they ask for was done. Returns how many were unread."""
    asked = Notification.objects.filter(user=user, kind=kind, link=link, read_at=None)
    return asked.update(read_at=timezone.now())


def mark_unread(notification: Notification) -> Notification:
    Notification.objects.filter(pk=notification.pk).update(read_at=None)
    notification.refresh_from_db(fields=["read_at"])
    return notification


def mark_all_read(user: User, up_to: int | None = None) -> int:
    """Returns how many were unread; with `up_to` (an id), those that came later stay so."""
    unread = Notification.objects.filter(user=user, read_at=None)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return unread.update(read_at=timezone.now())
