"""The daily digest: one mail with a day's optional notifications, for the users who prefer that."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Mail, Notification, User
from accounts.notifications import kinds

DIGEST_HOUR = 8  # in the cinema's time zone
REACHES_BACK = timedelta(days=7)


def plan_digests(now: datetime | None = None) -> int:
    """Create the day's digests for the users with new notifications from before DIGEST_HOUR; return how many.

    Does nothing before that hour. May be called as often as one likes: a user has one digest a day.
    """
    now = now or timezone.now()
    day = now.astimezone(ZoneInfo(settings.CINEMA_TIME_ZONE)).date()
    if now < _digest_moment(day):
        return 0
    daily = User.objects.filter(is_active=True, email_notices=True, notice_rhythm=User.NoticeRhythm.DAILY)
    planned = Mail.objects.filter(user=OuterRef("pk"), digest_day=day)
    users = daily.filter(Exists(digest_notifications(OuterRef("pk"), day))).exclude(Exists(planned))
    mails = [Mail(user_id=pk, digest_day=day) for pk in users.values_list("pk", flat=True)]
    Mail.objects.bulk_create(mails, batch_size=1000, ignore_conflicts=True)
    return len(mails)


def digest_notifications(user: User | OuterRef, day: date) -> QuerySet[Notification]:
    """Return the user's notifications for the digest of `day`: unread and not mailed yet, the oldest first."""
    moment = _digest_moment(day)
    optional = Notification.objects.filter(user=user, kind__in=kinds.optional_values())
    new = optional.filter(read_at=None, emailed_at=None, mail=None)
    return new.filter(created_at__lt=moment, created_at__gt=moment - REACHES_BACK).order_by("created_at", "id")


def _digest_moment(day: date) -> datetime:
    return datetime.combine(day, time(DIGEST_HOUR), ZoneInfo(settings.CINEMA_TIME_ZONE))
