"""Middleware of the limits on requests: of pages before their view, of refusals after any view.

The API counts its requests in `common.api.throttling`, where it knows the account of a token.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from common.api.errors import is_api, problem_response
from common.api.problems import describe
from common.errors import TooManyRequests
from common.http.error_pages import busy, too_many_requests
from common.limits.charging import REFUSALS, charge_refusal, charge_request
from common.limits.counting import Standing
from common.limits.slots import Busy


class RequestLimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if response.status_code in REFUSALS and (refusing := charge_refusal(request, _find_user(request))):
            return _refuse(request, refusing)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, options: Any) -> HttpResponseBase | None:
        if is_api(request):
            return None
        refusing = charge_request(request, _find_user(request), view, api=False)
        return _refuse(request, refusing) if refusing else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a page whose work found no slot, or that counted something itself."""
        if isinstance(error, TooManyRequests):
            return too_many_requests(request, wait=int(error.wait or 1))
        return busy(request, error) if isinstance(error, Busy) else None


def _find_user(request: HttpRequest) -> Any:
    """Return the user, without a query where no one can be signed in."""
    has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
    return request.user if has_cookie or is_api(request) else AnonymousUser()


def _refuse(request: HttpRequest, refusing: Standing) -> HttpResponse:
    problem = describe(TooManyRequests(refusing.reset)) if is_api(request) else None
    return problem_response(request, problem) if problem else too_many_requests(request, wait=refusing.reset)
