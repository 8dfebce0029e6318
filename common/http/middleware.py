"""Middleware for the headers of every answer, and the client's address in every log line."""

import sys
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import structlog
from compression_middleware.middleware import CompressionMiddleware
from csp.constants import HEADER, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseBase
from django_structlog.middlewares import RequestMiddleware

from common.api.errors import is_api
from common.api.problems import describe
from common.client_ip import client_ip
from common.http import permissions_policy
from common.http.error_pages import payload_too_large
from common.logging.requests import current_request, describe_request

log = structlog.get_logger(__name__)

# A client's headers cannot reach this name.
UNAVAILABLE = "REQUEST_UNAVAILABLE"

# Of django-unfold's pages. Their Alpine evaluates attributes, with arrow functions and `localStorage`, which Alpine's
# build for CSP can't read. Their colours are a <style> without a nonce, and widgets have style attributes.
ADMIN_POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class RequestLogMiddleware(RequestMiddleware):
    """Log each request by its route, and hide its address in every line until it is answered."""

    def __call__(self, request: HttpRequest) -> Any:
        with current_request(request):
            return super().__call__(request)

    def prepare(self, request: HttpRequest) -> None:
        """Bind the trace id and the address. The line about the start is left out: the one at the end says more."""
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))
        self.bind_ip(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return describe_request(request)

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        # Its own guess believes whatever the client wrote into X-Forwarded-For.
        structlog.contextvars.bind_contextvars(ip=client_ip(request))

    def process_got_request_exception(self, sender: type[Any], request: HttpRequest, **options: Any) -> None:
        """Log an outage as such: the answer is a 503, and no bug of ours."""
        problem = describe(error := sys.exc_info()[1])
        if problem and problem.status == 503:
            if not request.META.get(UNAVAILABLE):  # a session that cannot be saved either is no other news
                log.warning("request_unavailable", exc_info=error)
            request.META[UNAVAILABLE] = True
        else:
            super().process_got_request_exception(sender, request, **options)


class TextCompressionMiddleware(CompressionMiddleware):
    """Compress texts only; pictures are compressed already."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "") in {"image/jpeg", "image/png", "image/webp"}:
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


class BodyLimitMiddleware:
    """Refuse a body that is larger than any that is read here.

    The front does not read one of that length, and gives a length to bodies that come without (`common.front.bodies`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        declared = request.META.get("CONTENT_LENGTH") or ""
        if declared.isdecimal() and int(declared) > settings.MAX_UPLOAD_BYTES:
            return payload_too_large(request)
        return self._get_response(request)


class NulMiddleware:
    """Refuse NUL, which PostgreSQL cannot store, in addresses of pages and in queries of the admin.

    The API names the parameter that holds it (see KnownParametersOnly), and forms of pages name the field.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info and not is_api(request):
            raise Http404
        if request.path_info.startswith(f"/{settings.ADMIN_PATH}") and "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The query holds NUL.")
        return self._get_response(request)


class ContentSecurityMiddleware(CSPMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault(permissions_policy.HEADER, permissions_policy.NOTHING)
        if is_api(request) and not settings.DEBUG:
            # Its policy is the same for every answer, and takes longer to put together than most of them.
            response.headers.setdefault(HEADER, _policy_of_api())
            return response
        return super().process_response(request, response)

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        parts: Any = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(f"/{settings.ADMIN_PATH}"):
            parts.replace = {**(parts.replace or {}), **ADMIN_POLICY}
        return parts


@cache
def _policy_of_api() -> str:
    return build_policy()
