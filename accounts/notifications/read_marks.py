"""Marking notifications as read or unread."""

from django.utils import timezone

from accounts.models import Notification, User


def mark_read(notification: Notification) -> Notification:
    """Mark as read; the time of the first reading stays. Raise DoesNotExist when it was deleted."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())
    notification.refresh_from_db(fields=["read_at"])
    return notification


def mark_unread(notification: Notification) -> Notification:
    """Mark as unread. Raise DoesNotExist when it was deleted."""
    Notification.objects.filter(pk=notification.pk).update(read_at=None)
    notification.refresh_from_db(fields=["read_at"])
    return notification


def mark_answered(user: User, kind: str, link: str) -> int:
    """Mark the user's notifications of this kind and link as read, because what they ask for was done.

    Return how many were unread.
    """
    return Notification.objects.filter(user=user, kind=kind, link=link, read_at=None).update(read_at=timezone.now())


def mark_all_read(user: User, up_to: int | None = None) -> int:
    """Mark all notifications as read, or those with an id up to `up_to`; return how many were unread."""
    unread = Notification.objects.filter(user=user, read_at=None)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return unread.update(read_at=timezone.now())
