"""Where somebody is signed in on the site: allauth keeps a row beside each of Django's sessions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession as SiteSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.sign_in.devices import describe


@dataclass(frozen=True)
class SignedIn:
    """One place where somebody is signed in; `id` names it in the form that ends it."""

    id: str
    device: str
    ip: str
    since: datetime
    current: bool


def session_keys(user: User) -> list[str]:
    return list(SiteSession.objects.filter(user=user).values_list("session_key", flat=True))


def signed_in(user: User, current_key: str | None) -> list[SignedIn]:
    """The sessions that still work, the one that asks first, then the newest. Two queries, however many they are."""
    rows = list(SiteSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    live = Session.objects.filter(expire_date__gt=timezone.now()).in_bulk([row.session_key for row in rows])
    right = user.get_session_auth_hash()
    places = [
        SignedIn(f"site-{row.pk}", describe(row.user_agent), row.ip, row.created_at, row.session_key == current_key)
        for row in rows
        if row.session_key in live
        and constant_time_compare(live[row.session_key].get_decoded().get(HASH_SESSION_KEY, ""), right)
    ]
    return sorted(places, key=lambda place: not place.current)


def owners(keys: Collection[str]) -> dict[str, User]:
    """Who is signed in by each of these sessions, where it still works. Two queries, and none for no keys."""
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    sessions = {row.session_key: data for row in rows if SESSION_KEY in (data := row.get_decoded())}
    people = User.objects.filter(is_active=True).in_bulk({int(data[SESSION_KEY]) for data in sessions.values()})
    return {
        key: user
        for key, data in sessions.items()
        if (user := people.get(int(data[SESSION_KEY])))
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    }


def end(user: User, pk: int) -> bool:
    """Signs that place out; False when it is not theirs or over already."""
    with transaction.atomic():
        row = SiteSession.objects.select_for_update().filter(user=user, pk=pk).first()
        if row is None:
            return False
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
    return True


def end_all(user: User, keep: str | None = None) -> None:
    """Signs out everywhere on the site, but for the session with the key `keep`."""
    rows = SiteSession.objects.filter(user=user).exclude(session_key=keep or "")
    with transaction.atomic():
        Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()
        rows.delete()
