"""Authentication of sockets: managers, by an access token or by the site's session cookie.

A socket lives as long as the sign-in behind it, also after its access token has expired: a client that refreshes its
token is still signed in, and one that signs out is not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from accounts import queries
from accounts.api.authentication import SCHEME, InvalidToken
from accounts.models import User
from accounts.sign_in import second_factor, site_sign_ins, tokens
from common.errors import Code

SIGN_IN_FIRST = "Sign in first."
NOT_ALLOWED = "You may not do this."
NO_ORIGIN = "A session cookie counts only with the Origin of a page of this site. Programs use an access token."


class Refused(Exception):
    """A refused connection: a message for the client, and a `code` of the API's."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class SignInKind(Enum):
    TOKEN = "token"  # noqa: S105 - the name of a kind
    COOKIE = "cookie"


@dataclass(frozen=True)
class Listener:
    """A connected manager, and the sign-in of the socket: the key of a UserSession or of a site session."""

    user: int
    kind: SignInKind
    session: str


def is_allowed_origin(origin: str | None, environ: dict[str, Any]) -> bool:
    """Return whether pages of `origin` may connect: the site's, those that may call the API, and this address itself.

    The last one is what some programs send as their Origin. A page there can only be ours, because its host is.
    """
    public = urlsplit(settings.PUBLIC_URL)
    if origin in {f"{public.scheme}://{public.netloc}".lower(), *settings.CORS_ALLOWED_ORIGINS}:
        return True
    host = environ.get("HTTP_HOST", "")
    return origin == f"{public.scheme}://{host}" and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def authenticate(environ: dict[str, Any], auth: object) -> Listener:
    """Return the manager of a handshake: `environ` as in WSGI, `auth` as the client sent it. Raises Refused.

    A foreign Origin was refused before: python-socketio checks it on every request.
    """
    token = _find_token(environ, auth)
    if token is not None:
        return _authenticate_token(token)
    key = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME, "")
    if not key:
        raise Refused(Code.NOT_AUTHENTICATED, SIGN_IN_FIRST)
    if not _is_same_site(environ):
        raise Refused(Code.PERMISSION_DENIED, NO_ORIGIN)
    return _authenticate_cookie(key)


def still_signed_in(listeners: Collection[Listener]) -> set[Listener]:
    """Return those of `listeners` who are still signed in and still managers.

    Three queries for any number, four where second factors are required.
    """
    by_token = {UUID(listener.session) for listener in listeners if listener.kind is SignInKind.TOKEN}
    by_cookie = {listener.session for listener in listeners if listener.kind is SignInKind.COOKIE}
    owners = {(SignInKind.TOKEN, str(pk)): user for pk, user in queries.users_by_sign_in(by_token).items()}
    owners |= {(SignInKind.COOKIE, key): user for key, user in site_sign_ins.users_by_session_key(by_cookie).items()}
    second_factor.look_up_all(owners.values())
    valid = {sign_in for sign_in, user in owners.items() if _may_listen(user)}
    return {listener for listener in listeners if (listener.kind, listener.session) in valid}


def _find_token(environ: dict[str, Any], auth: object) -> object:
    """Return the token, which may be of any JSON type; None when there is none."""
    if isinstance(auth, dict) and "token" in auth:
        return auth["token"]
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    return token.strip() if scheme.lower() == SCHEME.lower() else None


def _authenticate_token(token: object) -> Listener:
    try:
        if not isinstance(token, str):
            raise tokens.TokenInvalid
        session = tokens.find_sign_in(token)
    except tokens.TokenInvalid as error:
        raise Refused(Code.TOKEN_INVALID, InvalidToken.default_detail) from error
    return _listener(session.user, SignInKind.TOKEN, str(session.pk))


def _authenticate_cookie(key: str) -> Listener:
    # Django's keys are letters and digits; the database need not see anything else.
    user = site_sign_ins.users_by_session_key({key}).get(key) if key.isalnum() else None
    if user is None:
        raise Refused(Code.NOT_AUTHENTICATED, SIGN_IN_FIRST)
    return _listener(user, SignInKind.COOKIE, key)


def _listener(user: User, kind: SignInKind, session: str) -> Listener:
    if not _may_listen(user):
        raise Refused(Code.PERMISSION_DENIED, NOT_ALLOWED)
    return Listener(user.pk, kind, session)


def _may_listen(user: User) -> bool:
    return user.is_staff


def _is_same_site(environ: dict[str, Any]) -> bool:
    # Browsers leave the Origin out where a page asks its own host by GET, as long-polling does first.
    return "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
