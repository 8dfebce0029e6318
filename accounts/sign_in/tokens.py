"""Sign-ins of programs: a session is a row, and its tokens are readings of that row.

Both tokens follow from the row (id, generation, rotated_at, expires_at) and SECRET_KEY alone. So nothing of them is
stored but a hash, and a refresh that was retried, because its answer was lost, gets the same answer again.
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

log = structlog.get_logger(__name__)

# How long after a rotation the token before it is taken for a retried request, and not for a stolen one.
GRACE = timedelta(seconds=10)
MAX_USER_AGENT = 300

T = TypeVar("T", bound=Token)


class TokenInvalid(Exception):
    """Not a token of ours, or of a session that is over."""


class SignInOvertaken(Exception):
    """The account was closed, or got another password, since its password was checked."""


class Claims(NamedTuple):
    """What a token says of the row that it is a reading of."""

    session: UUID
    user: int
    generation: int


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str
    session: UserSession


def open_session(user: User, *, user_agent: str = "", ip: str | None = None) -> TokenPair:
    """A new line of tokens for `user`, whose password (or another proof) the caller has just checked."""
    now = timezone.now()
    session = UserSession(
        user=user,
        created_at=now,
        rotated_at=now,
        expires_at=now + lifetime(),
        user_agent=user_agent.replace("\0", "")[:MAX_USER_AGENT],
        ip=ip,
    )
    session.refresh_hash = hashed(refresh_token(session))
    with transaction.atomic():
        # The row is locked from here on: a password change that began before ends this sign-in, a later one finds
        # the session and ends that.
        unchanged = User.objects.filter(pk=user.pk, is_active=True, password=user.password)
        if not unchanged.update(last_login=now):
            raise SignInOvertaken
        session.save(force_insert=True)
    user.last_login = now
    return pair_of(session)


def rotate(refresh: str) -> TokenPair:
    """The next pair of the session that `refresh` belongs to; a token from before the last one ends the session."""
    claims = claims_of(read(RefreshToken, refresh))
    advanced = advance(claims, refresh)
    session = queries.live_session(claims.session, claims.user)
    if session is None:
        raise TokenInvalid
    if advanced or is_retry(claims, session):
        return pair_of(session)
    if claims.generation < session.generation and revoke(session):
        log.warning("refresh_token_replayed", session=str(session.pk), generation=claims.generation)
    raise TokenInvalid


def is_retry(claims: Claims, session: UserSession) -> bool:
    return claims.generation == session.generation - 1 and timezone.now() - session.rotated_at <= GRACE


def advance(claims: Claims, refresh: str) -> bool:
    """Whether this was the request that moved the session on: one conditional UPDATE, of which one can win.

    The conditions on the row stand outside of any subquery, so that PostgreSQL checks them again on the row as it is
    after the winner's commit.
    """
    now = timezone.now()
    after = UserSession(
        pk=claims.session,
        user_id=claims.user,
        generation=claims.generation + 1,
        rotated_at=now,
        expires_at=now + lifetime(),
    )
    current = UserSession.objects.filter(
        Exists(User.objects.filter(pk=OuterRef("user_id"), is_active=True)),
        pk=claims.session,
        generation=claims.generation,
        refresh_hash=hashed(refresh),
        revoked_at=None,
        expires_at__gt=now,
    )
    moved = current.update(
        generation=after.generation,
        rotated_at=after.rotated_at,
        expires_at=after.expires_at,
        refresh_hash=hashed(refresh_token(after)),
    )
    return bool(moved)


def session_of(access: str) -> UserSession:
    """The living session, with its user, that an access token belongs to."""
    claims = claims_of(read(AccessToken, access))
    session = queries.live_session(claims.session, claims.user)
    if session is None:
        raise TokenInvalid
    return session


def revoke(session: UserSession) -> bool:
    """Ends it, and with it every token; False when it was over already."""
    return bool(UserSession.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=timezone.now()))


def revoke_all(user: User, keep: UserSession | None = None) -> int:
    """Ends every sign-in of `user` but `keep`; returns how many were alive."""
    sessions = queries.live_sessions(user)
    if keep is not None:
        sessions = sessions.exclude(pk=keep.pk)
    return sessions.update(revoked_at=timezone.now())


def sign_out_everywhere(user: User) -> None:
    """Ends every sign-in of programs, and every one on the site."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(sign_outs=F("sign_outs") + 1)
        revoke_all(user)


def flush_expired() -> int:
    """Deletes the sessions that are over, here and on the site; their tokens stay as dead as they were."""
    deleted, _ = UserSession.objects.filter(Q(expires_at__lte=timezone.now()) | ~Q(revoked_at=None)).delete()
    call_command("clearsessions")
    return deleted


# --- A row's tokens ---------------------------------------------------------------------------------


def lifetime() -> timedelta:
    return timedelta(days=settings.REFRESH_TOKEN_DAYS)


def pair_of(session: UserSession) -> TokenPair:
    return TokenPair(access_token(session), refresh_token(session), session)


def refresh_token(session: UserSession) -> str:
    return written(RefreshToken(), session, session.expires_at)


def access_token(session: UserSession) -> str:
    return written(AccessToken(), session, session.rotated_at + timedelta(minutes=settings.ACCESS_TOKEN_MINUTES))


def written(token: Token, session: UserSession, expires: datetime) -> str:
    kind = str(token.token_type)
    own_id = salted_hmac(f"accounts.tokens.{kind}", f"{session.pk}:{session.generation}", algorithm="sha256")
    token.payload = {
        "token_type": kind,
        "sub": str(session.user_id),
        "sid": str(session.pk),
        "gen": session.generation,
        "jti": own_id.hexdigest(),
        "iat": int(session.rotated_at.timestamp()),
        "exp": int(expires.timestamp()),
    }
    return str(token)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def read(kind: type[T], text: str) -> T:
    """A token of this kind with a good signature, for us, and in time."""
    try:
        return kind(text)  # type: ignore[arg-type] # declared as a token, used as its text
    except TokenError as error:
        raise TokenInvalid from error


def claims_of(token: Any) -> Claims:
    try:
        return Claims(UUID(token["sid"]), int(token["sub"]), int(token["gen"]))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise TokenInvalid from error
