"""Deleting old notifications and mails."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Mail, Notification
from accounts.notifications import mail_queue

KEEP_READ, KEEP_MAILS = timedelta(days=365), timedelta(days=90)


def delete_old() -> tuple[int, int]:
    """Delete notifications that were read long ago and old mails that are not due; drop outdated mails.

    Return how many notifications and how many mails were deleted.
    """
    now = timezone.now()
    mail_queue.drop_outdated()
    notifications, _ = Notification.objects.filter(read_at__lt=now - KEEP_READ).delete()
    mails, _ = Mail.objects.filter(created_at__lt=now - KEEP_MAILS).exclude(state=Mail.State.DUE).delete()
    return notifications, mails
