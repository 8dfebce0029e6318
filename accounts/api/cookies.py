"""The refresh token in a cookie that scripts cannot read."""

from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sign_in.tokens import TokenPair

PATH = "/api/v1/auth"


def set_cookie(response: Response, pair: TokenPair) -> Response:
    response.set_cookie(
        settings.REFRESH_COOKIE_NAME,
        pair.refresh,
        max_age=int((pair.session.expires_at - timezone.now()).total_seconds()),
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def delete_cookie(response: Response) -> Response:
    response.delete_cookie(settings.REFRESH_COOKIE_NAME, path=PATH, samesite="Strict")
    return response


def read_cookie(request: Request) -> str:
    """Return the token in the cookie, or "". Raise PermissionDenied when a page of another site sent the request.

    Browsers send the cookie by themselves, so another site must not be able to use it.
    """
    token: str = request.COOKIES.get(settings.REFRESH_COOKIE_NAME, "")
    origin = request.headers.get("Origin")
    own_origins = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    if token and origin is not None and origin not in own_origins:
        raise PermissionDenied("Only pages of this site may use the refresh cookie.")
    return token
