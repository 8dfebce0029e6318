"""Deleting old notifications and mails."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Mail, Notification
from accounts.notifications import mail_queue

KEEP_READ, KEEP_MAILS = timedelta(days=365), timedelta(days=90)
KEEP_ACCOUNT_MAILS = timedelta(days=7)  # they have addresses, also of closed accounts


def delete_old() -> tuple[int, int]:
    """Delete notifications that were read long ago and old mails that are not due; drop outdated mails.

    Return how many notifications and how many mails were deleted.
    """
    now = timezone.now()
    mail_queue.drop_outdated()
    notifications, _ = Notification.objects.filter(read_at__lt=now - KEEP_READ).delete()
    old = Q(created_at__lt=now - KEEP_MAILS) | Q(user=None, created_at__lt=now - KEEP_ACCOUNT_MAILS)
    mails, _ = Mail.objects.filter(old).exclude(state=Mail.State.DUE).delete()
    return notifications, mails
