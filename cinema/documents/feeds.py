"""The private address of a customer's calendar feed, which needs no sign-in.

The token in the address is not stored. It consists of the feed's id and an HMAC of the id, the owner and the
generation. Only a process with SECRET_KEY can make one, and a new generation invalidates the old token.
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


def find_address(user: User) -> str | None:
    """Return the absolute address; None for a user without a feed."""
    feed = CalendarFeed.objects.filter(user=user).first()
    return _build_address(feed) if feed else None


def reset_address(user: User) -> str:
    """Create the first address, or replace it by another one; the old one then answers 404."""
    with transaction.atomic():
        feeds = CalendarFeed.objects.filter(user=user)
        if feeds.update(generation=F("generation") + 1, made_at=timezone.now()):
            return _build_address(feeds.get())
        # Two requests for the first address at once get the same one.
        feed, _ = CalendarFeed.objects.get_or_create(user=user)
        return _build_address(feed)


def delete_address(user: User) -> None:
    """Delete the address; a later one is different, because its id is."""
    CalendarFeed.objects.filter(user=user).delete()


def find_user(token: str) -> User | None:
    """Return the owner of the token; None for an old or invalid token, or a user who may not sign in."""
    if not (parts := TOKEN.fullmatch(token)):
        return None
    feed = CalendarFeed.objects.select_related("user").filter(pk=int(parts[1]), user__is_active=True).first()
    return feed.user if feed and constant_time_compare(_build_token(feed), token) else None


def _build_token(feed: CalendarFeed) -> str:
    about = f"{feed.pk}:{feed.user_id}:{feed.generation}"
    return f"{feed.pk}-{salted_hmac('cinema.feeds', about, algorithm='sha256').hexdigest()}"


def _build_address(feed: CalendarFeed) -> str:
    return settings.PUBLIC_URL + reverse("v1:calendar-feed", args=[_build_token(feed)])
