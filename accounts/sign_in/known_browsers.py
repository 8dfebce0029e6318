"""Browsers in which the user of an account has signed in before, by a cookie.

Guesses from elsewhere make sign-ins wait (see `guesses`). Known browsers are counted apart, so that a stranger who
guesses cannot lock the owner out. The cookie opens nothing, and ends with the password, which its signature covers.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http.response import HttpResponseBase
from django.utils.crypto import get_random_string

from accounts.models import User
from common.client_ip import Asked

MAX_AGE = 365 * 24 * 3600


def remember_browser(response: HttpResponseBase, user: User) -> None:
    """Mark the browser that gets `response` as one in which `user` has signed in."""
    response.set_cookie(
        _cookie_name(),
        _signer(user).sign(f"{user.pk}:{get_random_string(12)}"),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def find_known_browser(request: Asked, user: User) -> str:
    """Return a text that identifies the browser if `user` has signed in there before, or "signed in", or ""."""
    if getattr(request, "user", None) == user:
        return "signed in"
    try:
        value = _signer(user).unsign(request.COOKIES.get(_cookie_name(), ""))
    except BadSignature:
        return ""
    return value if value.startswith(f"{user.pk}:") else ""


def _signer(user: User) -> Signer:
    return Signer(salt=f"accounts.known_browsers:{user.password}")


def _cookie_name() -> str:
    return "__Host-marquee_browser" if settings.SESSION_COOKIE_SECURE else "marquee_browser"
