"""The address at which calendars ask for one person's tickets: whoever has it, reads them, without signing in.

No token is stored. It is the feed's id and a HMAC of it, of its owner and of its generation; only who has SECRET_KEY
can make one, and a new generation makes the old one worthless.
"""

import re

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from cinema.models import CalendarFeed

TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{64})")


def address(user: User) -> str | None:
    """Whole, with the site's name; None for whoever has not asked for one."""
    feed = CalendarFeed.objects.filter(user=user).first()
    return address_of(feed) if feed else None


def reset(user: User) -> str:
    """The first address, or another one; what asks at the old one is told that there is nothing."""
    with transaction.atomic():
        there = CalendarFeed.objects.filter(user=user)
        if there.update(generation=F("generation") + 1, made_at=timezone.now()):
            return address_of(there.get())
        # Of two first ones at once, both get the same.
        feed, _ = CalendarFeed.objects.get_or_create(user=user)
        return address_of(feed)


def stop(user: User) -> None:
    """There is none any more; a later one will be another, for its id is."""
    CalendarFeed.objects.filter(user=user).delete()


def whose(token: str) -> User | None:
    """None for one that was reset, that nobody made, or of somebody who may not sign in."""
    if not (parts := TOKEN.fullmatch(token)):
        return None
    feed = CalendarFeed.objects.select_related("user").filter(pk=int(parts[1]), user__is_active=True).first()
    return feed.user if feed and constant_time_compare(token_of(feed), token) else None


def token_of(feed: CalendarFeed) -> str:
    about = f"{feed.pk}:{feed.user_id}:{feed.generation}"
    return f"{feed.pk}-{salted_hmac('cinema.feeds', about, algorithm='sha256').hexdigest()}"


def address_of(feed: CalendarFeed) -> str:
    return settings.PUBLIC_URL + reverse("v1:calendar-feed", args=[token_of(feed)])
