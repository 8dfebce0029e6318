"""Mails to addresses that their account has not confirmed.

What people bought or asked for goes to the address that they gave; optional kinds wait until it is confirmed. It gets
few a day, so that the site is no tool for mailing strangers.
"""

from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import connection
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from accounts import queries
from accounts.models import Mail, User
from accounts.notifications import kinds
from accounts.notifications.notify import wake_after_commit

WITHIN = timedelta(days=1)
WHILE_LOCKED = timedelta(seconds=10)  # as long as a mail server may take


def may_be_sent() -> Q:
    """Return the condition for mails that go now: about accounts, to confirmed addresses, and not optional."""
    confirmed = Exists(queries.confirmed_addresses(OuterRef("user"), OuterRef("user__email")))
    is_asked_for = Q(notification__isnull=False) & ~Q(notification__kind__in=kinds.optional_values())
    return Q(user=None) | (Q(user__is_active=True) & (Q(confirmed) | is_asked_for))


def find_turn(mail: Mail) -> datetime | None:
    """Return when the mail may be sent, or None for at once.

    To an address that is not confirmed go `UNCONFIRMED_MAILS` within a day about tickets, and as many about accounts:
    the two are counted apart, and an account's own confirmation decides the first, so that no one sees by their
    tickets' mail whether the address has another account. Takes an advisory lock on the address until the transaction
    ends, so that two workers count one after the other; while another has it, the mail's turn is in some seconds.
    """
    if mail.digest_day or (mail.notification and mail.notification.kind in kinds.optional_values()):
        return None  # these go to confirmed addresses only
    address = (mail.user.email if mail.user else mail.address).lower()
    if queries.is_confirmed(mail.user) if mail.user else queries.find_user(email=address):
        return None
    if not _try_lock(address):
        return timezone.now() + WHILE_LOCKED
    sent = _sent_lately(address, is_about_account=mail.user is None).aggregate(Sum("times_sent"), Min("sent_at"))
    if (sent["times_sent__sum"] or 0) < settings.UNCONFIRMED_MAILS:
        return None
    return cast(datetime, sent["sent_at__min"]) + WITHIN


def send_waiting(user: User) -> None:
    """Make the mails due that wait because the address was not confirmed, which it is now."""
    waiting = Mail.objects.filter(user=user, state=Mail.State.DUE, attempts=0)
    # A mail that a worker is sending right now is locked; do not wait for it.
    unlocked = waiting.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    if Mail.objects.filter(pk__in=list(unlocked)).update(due_at=timezone.now()):
        wake_after_commit()


def _try_lock(address: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('mail'), hashtext(%s))", [address])
        return bool(cursor.fetchone()[0])


def _sent_lately(address: str, *, is_about_account: bool) -> QuerySet[Mail]:
    rows = Mail.objects.filter(address=address, sent_at__gt=timezone.now() - WITHIN, user__isnull=is_about_account)
    if is_about_account:
        return rows
    # Those of the account that has confirmed the address do not count against another that gave it.
    return rows.exclude(Exists(queries.confirmed_addresses(OuterRef("user"), OuterRef("address"))))
