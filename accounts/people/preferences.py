"""What people choose for themselves."""

from django.db import transaction
from django.db.models import Q

from accounts.models import Mail, User
from accounts.notifications import kinds


def change(user: User, *, theme: str, email_notices: bool, notice_rhythm: str) -> None:
    """Only these columns are written: whatever else changed meanwhile stays."""
    with transaction.atomic():
        if not email_notices:
            unsubscribe(user)
        User.objects.filter(pk=user.pk).update(theme=theme, email_notices=email_notices, notice_rhythm=notice_rhythm)
    user.theme, user.email_notices, user.notice_rhythm = theme, email_notices, notice_rhythm


def unsubscribe(user: User) -> None:
    """No more mails but those about what they bought or asked for; what waits to be sent is not sent either."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(email_notices=False)
        news = Q(digest_day__isnull=False) | Q(notification__kind__in=kinds.optional_values())
        waiting = Mail.objects.filter(news, user=user, state=Mail.State.DUE)
        # One that is on its way in this moment is not waited for.
        free = waiting.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
        Mail.objects.filter(pk__in=list(free)).update(state=Mail.State.DROPPED)
    user.email_notices = False
