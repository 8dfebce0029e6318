"""Sign-ins of browsers on the site: allauth keeps a row beside each of Django's sessions."""

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
from accounts.sign_in.devices import describe_device


@dataclass(frozen=True)
class SignIn:
    """A signed-in browser or program; `id` names it in the form that ends it."""

    id: str
    device: str
    ip: str
    since: datetime
    current: bool


def session_keys(user: User) -> list[str]:
    return list(SiteSession.objects.filter(user=user).values_list("session_key", flat=True))


def list_site_sign_ins(user: User, current_key: str | None) -> list[SignIn]:
    """Return the live sign-ins, the current one first, then the newest. Two queries."""
    rows = list(SiteSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    live = Session.objects.filter(expire_date__gt=timezone.now()).in_bulk([row.session_key for row in rows])
    valid_hash = user.get_session_auth_hash()
    sign_ins = [
        SignIn(
            f"site-{row.pk}", describe_device(row.user_agent), row.ip, row.created_at, row.session_key == current_key
        )
        for row in rows
        if row.session_key in live
        and constant_time_compare(live[row.session_key].get_decoded().get(HASH_SESSION_KEY, ""), valid_hash)
    ]
    return sorted(sign_ins, key=lambda sign_in: not sign_in.current)


def users_by_session_key(keys: Collection[str]) -> dict[str, User]:
    """Return the user of each of these sessions that is live. Two queries, and none without keys."""
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    sessions = {row.session_key: data for row in rows if SESSION_KEY in (data := row.get_decoded())}
    users = User.objects.filter(is_active=True).in_bulk({int(data[SESSION_KEY]) for data in sessions.values()})
    return {
        key: user
        for key, data in sessions.items()
        if (user := users.get(int(data[SESSION_KEY])))
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    }


def end_site_sign_in(user: User, pk: int) -> bool:
    """End one sign-in; return False when it is another user's or over."""
    with transaction.atomic():
        row = SiteSession.objects.select_for_update().filter(user=user, pk=pk).first()
        if row is None:
            return False
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
    return True


def end_site_sign_ins(user: User, keep: str | None = None) -> None:
    """End every sign-in on the site but the session with the key `keep`."""
    rows = SiteSession.objects.filter(user=user).exclude(session_key=keep or "")
    with transaction.atomic():
        Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()
        rows.delete()
