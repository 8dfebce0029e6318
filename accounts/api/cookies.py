"""The refresh token as a cookie, for pages that should not be able to read it."""

from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sign_in.tokens import TokenPair

NAME = "marquee_refresh"
PATH = "/api/v1/auth"


def keep(response: Response, pair: TokenPair) -> Response:
    response.set_cookie(
        NAME,
        pair.refresh,
        max_age=int((pair.session.expires_at - timezone.now()).total_seconds()),
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def drop(response: Response) -> Response:
    response.delete_cookie(NAME, path=PATH, samesite="Strict")
    return response


def refresh_token(request: Request) -> str:
    """What the cookie holds. Nobody sends it on purpose, so a page of another site must not make a browser do so."""
    token: str = request.COOKIES.get(NAME, "")
    origin = request.headers.get("Origin")
    own = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    if token and origin is not None and origin not in own:
        raise PermissionDenied("The refresh cookie is for this site's own pages.")
    return token
