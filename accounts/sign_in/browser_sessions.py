"""Sessions of browsers, as Django keeps them, with an end that no use of the site moves (settings.SESSION_ENGINE)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from common.database.kept import Parameter, kept_query
from common.finished.people import Person

SIGNED_IN_AT = "signed_in_at"


def longest_sign_in() -> timedelta:
    """Return how long a sign-in lasts, of a browser or a program, however much it is used."""
    return timedelta(days=settings.SIGN_IN_MAX_DAYS)


def note_sign_in(session: SessionBase) -> None:
    session[SIGNED_IN_AT] = timezone.now().timestamp()


class SessionStore(db.SessionStore):
    """A session that ends SIGN_IN_MAX_DAYS after the sign-in."""

    def _get_session_from_db(self) -> Session | None:
        """Return the row, as Django does for each request of someone who is signed in."""
        if found := _live_sessions(key=self.session_key, now=timezone.now()):
            return found[0]
        self._session_key = None
        return None

    def get_expiry_age(self, **options: Any) -> int:
        age = super().get_expiry_age(**options)
        end = self._end()
        return age if end is None else min(age, max(0, int((end - timezone.now()).total_seconds())))

    def get_expiry_date(self, **options: Any) -> datetime:
        expiry = super().get_expiry_date(**options)
        end = self._end()
        return expiry if end is None else min(expiry, end)

    def _end(self) -> datetime | None:
        """Return when the session ends at the latest; None for a visitor who has not signed in."""
        began_at = self.get(SIGNED_IN_AT)
        return None if began_at is None else datetime.fromtimestamp(began_at, UTC) + longest_sign_in()


def identify(key: str) -> Person | None:
    """Return whose session it is, for answers that are finished before Django is asked. Nothing is written."""
    session = SessionStore(key)
    user = User.objects.filter(pk=session.get(SESSION_KEY) or 0, is_active=True).first()
    if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    return Person(user.pk, user.is_staff, session.get_expiry_date().timestamp())


@kept_query
def _live_sessions(*, key: Parameter, now: Parameter) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
