"""The preferences of users: theme and mails."""

from django.db import transaction
from django.db.models import Q

from accounts.models import Mail, User
from accounts.notifications import kinds


def change_preferences(user: User, *, theme: str, email_notices: bool, notice_rhythm: str) -> None:
    """Write these columns and no other, so that a concurrent change of another column stays."""
    with transaction.atomic():
        if not email_notices:
            unsubscribe(user)
        User.objects.filter(pk=user.pk).update(theme=theme, email_notices=email_notices, notice_rhythm=notice_rhythm)
    user.theme, user.email_notices, user.notice_rhythm = theme, email_notices, notice_rhythm


def unsubscribe(user: User) -> None:
    """End the optional mails: digests, and the kinds of notification that are optional. Drop those that are due."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(email_notices=False)
        optional = Q(digest_day__isnull=False) | Q(notification__kind__in=kinds.optional_values())
        due = Mail.objects.filter(optional, user=user, state=Mail.State.DUE)
        # A mail that a worker is sending right now is locked; do not wait for it.
        unlocked = due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
        Mail.objects.filter(pk__in=list(unlocked)).update(state=Mail.State.DROPPED)
    user.email_notices = False
