"""Sign-ins of programs. Each is a row (UserSession), and its tokens are derived from that row.

Both tokens follow from the row (id, generation, rotated_at, expires_at) and SECRET_KEY alone. So only a hash of them
is stored, and a refresh that is retried because its answer was lost gets the same answer again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts import queries
from accounts.models import User, UserSession
from accounts.sign_in.browser_sessions import longest_sign_in
from common.finished.people import Person

log = structlog.get_logger(__name__)

# For so long after a rotation the previous token counts as a retried request, and not as a stolen token.
GRACE = timedelta(seconds=10)
MAX_USER_AGENT = 300

T = TypeVar("T", bound=Token)


class TokenInvalid(Exception):
    """The token is not ours, or its sign-in has ended."""


class SignInOvertaken(Exception):
    """The account was closed, or its credentials were changed, after its password was checked."""


class Claims(NamedTuple):
    """The claims of a token that identify its row."""

    session: UUID
    user: int
    generation: int


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str
    session: UserSession


def open_sign_in(user: User, *, user_agent: str = "", ip: str | None = None) -> TokenPair:
    """Sign in a user whose password (or another proof) the caller has just checked. Raise SignInOvertaken."""
    now = timezone.now()
    session = UserSession(
        user=user,
        created_at=now,
        rotated_at=now,
        expires_at=_expiry(now, now),
        user_agent=user_agent.replace("\0", "")[:MAX_USER_AGENT],
        ip=ip,
    )
    session.refresh_hash = _hash(_refresh_token(session))
    with transaction.atomic():
        # This locks the row: a password change that began earlier makes this sign-in fail, a later one finds and
        # ends it.
        unchanged = User.objects.filter(pk=user.pk, is_active=True, password=user.password, sign_outs=user.sign_outs)
        if not unchanged.update(last_login=now):
            raise SignInOvertaken
        session.save(force_insert=True)
    user.last_login = now
    return _token_pair(session)


def rotate(refresh: str) -> TokenPair:
    """Return the next pair of tokens of the sign-in that `refresh` belongs to.

    Within GRACE the previous refresh token gets the current pair again. Any older one ends the sign-in. Raise
    TokenInvalid.
    """
    claims = _read_claims(_parse(RefreshToken, refresh))
    advanced = _advance(claims, refresh)
    session = queries.find_live_sign_in(claims.session, claims.user)
    if session is None:
        raise TokenInvalid
    is_retry = claims.generation == session.generation - 1 and timezone.now() - session.rotated_at <= GRACE
    if advanced or is_retry:
        return _token_pair(session)
    if claims.generation < session.generation and revoke(session):
        log.warning("refresh_token_replayed", session=str(session.pk), generation=claims.generation)
    raise TokenInvalid


def find_sign_in(access: str) -> UserSession:
    """Return the live sign-in of an access token, with its user. Raise TokenInvalid."""
    claims = _read_claims(_parse(AccessToken, access))
    session = queries.find_live_sign_in(claims.session, claims.user)
    if session is None:
        raise TokenInvalid
    return session


def identify(access: str) -> Person | None:
    """Return whose access token it is, for answers that are finished before Django is asked."""
    try:
        session, until = find_sign_in(access), int(_parse(AccessToken, access)["exp"])
    except (TokenInvalid, KeyError, ValueError):
        return None
    return Person(session.user_id, session.user.is_staff, until)


def revoke(session: UserSession) -> bool:
    """End the sign-in and with it all its tokens; return False when it was over already."""
    return bool(UserSession.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=timezone.now()))


def revoke_all(user: User, keep: UserSession | None = None) -> int:
    """End the user's sign-ins of programs but `keep`; return how many were live."""
    sessions = queries.live_sign_ins(user)
    if keep is not None:
        sessions = sessions.exclude(pk=keep.pk)
    return sessions.update(revoked_at=timezone.now())


def sign_out_everywhere(user: User) -> None:
    """End every sign-in, of programs and on the site."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(sign_outs=F("sign_outs") + 1)
        revoke_all(user)


def delete_expired() -> int:
    """Delete the rows of ended sign-ins, here and on the site; return how many of programs. Tokens stay invalid."""
    deleted, _ = UserSession.objects.filter(Q(expires_at__lte=timezone.now()) | ~Q(revoked_at=None)).delete()
    call_command("clearsessions")
    return deleted


def refresh_lifetime() -> timedelta:
    return timedelta(days=settings.REFRESH_TOKEN_DAYS)


def _expiry(now: datetime, began_at: datetime) -> datetime:
    """Return until when tokens issued now are valid: never beyond the end that a sign-in has from its beginning."""
    return min(now + refresh_lifetime(), began_at + longest_sign_in())


def _advance(claims: Claims, refresh: str) -> bool:
    """Move the row to its next generation; return whether this request did it.

    Of several requests with one token, one conditional UPDATE wins. The conditions on the row stand outside of any
    subquery, so that PostgreSQL checks them again after the winner's commit.
    """
    now = timezone.now()
    began_at = UserSession.objects.filter(pk=claims.session).values_list("created_at", flat=True).first()
    if began_at is None:
        return False
    after = UserSession(
        pk=claims.session,
        user_id=claims.user,
        generation=claims.generation + 1,
        rotated_at=now,
        expires_at=_expiry(now, began_at),
    )
    current = UserSession.objects.filter(
        Exists(User.objects.filter(pk=OuterRef("user_id"), is_active=True)),
        pk=claims.session,
        generation=claims.generation,
        refresh_hash=_hash(refresh),
        revoked_at=None,
        expires_at__gt=now,
        created_at__gt=now - longest_sign_in(),
    )
    updated = current.update(
        generation=after.generation,
        rotated_at=after.rotated_at,
        expires_at=after.expires_at,
        refresh_hash=_hash(_refresh_token(after)),
    )
    return bool(updated)


def _token_pair(session: UserSession) -> TokenPair:
    access_expires_at = session.rotated_at + timedelta(minutes=settings.ACCESS_TOKEN_MINUTES)
    return TokenPair(_encode(AccessToken(), session, access_expires_at), _refresh_token(session), session)


def _refresh_token(session: UserSession) -> str:
    return _encode(RefreshToken(), session, session.expires_at)


def _encode(token: Token, session: UserSession, expires_at: datetime) -> str:
    """Return the signed text of a token of this row."""
    kind = str(token.token_type)
    token_id = salted_hmac(f"accounts.tokens.{kind}", f"{session.pk}:{session.generation}", algorithm="sha256")
    token.payload = {
        "token_type": kind,
        "sub": str(session.user_id),
        "sid": str(session.pk),
        "gen": session.generation,
        "jti": token_id.hexdigest(),
        "iat": int(session.rotated_at.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    return str(token)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _parse(kind: type[T], text: str) -> T:
    """Return the token if it is of this kind, signed by us, and not expired. Raise TokenInvalid."""
    try:
        return kind(text)  # type: ignore[arg-type] # declared as a token, used as its text
    except TokenError as error:
        raise TokenInvalid from error


def _read_claims(token: Any) -> Claims:
    """Return the claims of a parsed token. Raise TokenInvalid."""
    try:
        return Claims(UUID(token["sid"]), int(token["sub"]), int(token["gen"]))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise TokenInvalid from error
