"""Who may hold a socket: managers, by an access token or by the site's session cookie.

A socket lives as long as the sign-in behind it. That an access token ran out meanwhile does not matter: whoever
refreshes is still signed in, and whoever signs out is not.
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
from accounts.sign_in import site_sign_ins, tokens
from common.errors import Code

SIGN_IN_FIRST = "Sign in first."
NOT_ALLOWED = "You may not do this."
NO_ORIGIN = "A session cookie counts only with the Origin of a page of this site. Programs use an access token."


class Refused(Exception):
    """The text is for whoever knocked; `code` is one of the API's."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class By(Enum):
    TOKEN = "token"  # noqa: S105 - the name of a way in
    COOKIE = "cookie"


@dataclass(frozen=True)
class Listener:
    """Somebody who was let in, and the sign-in that it hangs on: the key of a UserSession or of a site session."""

    user: int
    by: By
    session: str


def is_allowed_origin(origin: str | None, environ: dict[str, Any]) -> bool:
    """Whether pages from there may connect: the site's, those that may call the API, and the address asked itself.

    The last one is what some programs name as their Origin. A page there can only be ours, for its host is.
    """
    public = urlsplit(settings.PUBLIC_URL)
    if origin in {f"{public.scheme}://{public.netloc}".lower(), *settings.CORS_ALLOWED_ORIGINS}:
        return True
    host = environ.get("HTTP_HOST", "")
    return origin == f"{public.scheme}://{host}" and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def admit(environ: dict[str, Any], auth: object) -> Listener:
    """`environ` is the handshake's, as WSGI has it; `auth` what the client sent along. Raises Refused.

    A foreign Origin was refused before: python-socketio checks it on every request.
    """
    token = token_in(environ, auth)
    if token is not None:
        return by_token(token)
    key = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME, "")
    if not key:
        raise Refused(Code.NOT_AUTHENTICATED, SIGN_IN_FIRST)
    if not _is_same_site(environ):
        raise Refused(Code.PERMISSION_DENIED, NO_ORIGIN)
    return by_cookie(key)


def welcome(guests: Collection[Listener]) -> set[Listener]:
    """Those of `guests` who are still signed in and still managers. Three queries, however many they are."""
    programs = queries.users_by_sign_in({UUID(guest.session) for guest in guests if guest.by is By.TOKEN})
    browsers = site_sign_ins.users_by_session_key({guest.session for guest in guests if guest.by is By.COOKIE})
    owners = {(By.TOKEN, str(pk)): user for pk, user in programs.items()}
    owners |= {(By.COOKIE, key): user for key, user in browsers.items()}
    return {guest for guest in guests if (user := owners.get((guest.by, guest.session))) and may_listen(user)}


def token_in(environ: dict[str, Any], auth: object) -> object:
    """None where there is none; what is not a text is no token of ours, and refused as such."""
    if isinstance(auth, dict) and "token" in auth:
        return auth["token"]
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    return token.strip() if scheme.lower() == SCHEME.lower() else None


def by_token(token: object) -> Listener:
    try:
        if not isinstance(token, str):
            raise tokens.TokenInvalid
        session = tokens.find_sign_in(token)
    except tokens.TokenInvalid as error:
        raise Refused(Code.TOKEN_INVALID, InvalidToken.default_detail) from error
    return let_in(session.user, By.TOKEN, str(session.pk))


def by_cookie(key: str) -> Listener:
    # Django's keys are letters and digits; anything else would only trouble the database.
    user = site_sign_ins.users_by_session_key({key}).get(key) if key.isalnum() else None
    if user is None:
        raise Refused(Code.NOT_AUTHENTICATED, SIGN_IN_FIRST)
    return let_in(user, By.COOKIE, key)


def let_in(user: User, by: By, session: str) -> Listener:
    if not may_listen(user):
        raise Refused(Code.PERMISSION_DENIED, NOT_ALLOWED)
    return Listener(user.pk, by, session)


def may_listen(user: User) -> bool:
    return user.is_staff


def _is_same_site(environ: dict[str, Any]) -> bool:
    # Browsers leave the Origin out where a page asks its own host by GET, as long-polling does first.
    return "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
