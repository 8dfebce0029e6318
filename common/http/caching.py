"""The Cache-Control header of every answer that has none: what is not declared public is not kept."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from common.api.errors import is_api
from common.finished.declarations import is_asked_for_everybody

HEADER = "Cache-Control"
# Kept by the browser, which asks each time whether it has changed.
ASK_FIRST = "private, no-cache"
NEVER = "private, no-store"

View = Callable[..., HttpResponseBase]


def public_page(view: View) -> View:
    """Declare that the page has no secrets, although it may greet a signed-in visitor: browsers may keep it."""

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers.setdefault(HEADER, ASK_FIRST)
        return response

    return kept


class CacheControlMiddleware:
    """Give answers without the header the one of their kind.

    Inside of what computes ETags: an answer that is not kept has none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response.headers.setdefault(HEADER, ASK_FIRST if _may_be_kept(request) else NEVER)
        return response


def _may_be_kept(request: HttpRequest) -> bool:
    """Return whether a program asks the API to read. Browsers, which come with a session, keep none of its answers."""
    if is_asked_for_everybody(request):
        return True
    if not is_api(request) or request.method not in {"GET", "HEAD"}:
        return False
    return "Authorization" in request.headers or settings.SESSION_COOKIE_NAME not in request.COOKIES
