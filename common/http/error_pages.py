"""Django's error handlers: JSON under /api, a page elsewhere.

`config/urls.py` names them, and ends its routes under /api with `unknown_route`; settings name `csrf_failure`.
"""

import sys
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import csrf, defaults

from common.api.errors import error_response, internal_error, is_api, problem_response
from common.api.problems import Problem, describe
from common.errors import Code, Unavailable
from common.http.context import site
from common.logging.tracing import trace_id


def unknown_route(request: HttpRequest) -> HttpResponse:
    """Answer any path under /api that no other route has. Being a route, it answers the same with DEBUG on."""
    return error_response(request, 404, Code.NOT_FOUND, "There is nothing at this address.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not is_api(request):
        return defaults.bad_request(request, exception)
    problem = describe(exception) or Problem(400, Code.VALIDATION_FAILED, "The request is not acceptable.")
    return problem_response(request, problem)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return error_response(request, 403, Code.PERMISSION_DENIED, "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return unknown_route(request) if is_api(request) else defaults.page_not_found(request, exception)


def payload_too_large(request: HttpRequest) -> HttpResponse:
    """Answer 413. The page is rendered without the request, of which nothing is read."""
    if is_api(request):
        message = f"The body is larger than {settings.MAX_UPLOAD_BYTES} bytes."
        return error_response(request, 413, Code.PAYLOAD_TOO_LARGE, message)
    page = render_to_string("413.html", site(request))
    return HttpResponse(page, status=413, headers={"Cache-Control": "no-store"})


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 with Retry-After where the database or another service is down or busy.

    The page is rendered without the request: nothing of it may fail, or need the database.
    """
    problem = describe(sys.exc_info()[1])
    if is_api(request):
        return problem_response(request, problem) if problem else internal_error(request)
    if problem and problem.status == 503:
        return _unavailable_page(request, problem.message, problem.headers)
    return HttpResponse(render_to_string("500.html", {"trace_id": trace_id(), **site(request)}), status=500)


def too_many_requests(request: HttpRequest, wait: int = 60) -> HttpResponse:
    """Answer 429. The page is rendered without the request: a flood of them may cost no query."""
    page = render_to_string("429.html", site(request))
    return HttpResponse(page, status=429, headers={"Retry-After": str(wait), "Cache-Control": "no-store"})


def busy(request: HttpRequest, error: Unavailable) -> HttpResponse:
    """Answer 503 where costly work has to wait for that of others."""
    return _unavailable_page(request, error.message, {"Retry-After": str(int(error.wait or 1))})


def _unavailable_page(request: HttpRequest, sentence: str, headers: Mapping[str, str]) -> HttpResponse:
    page = render_to_string("503.html", {"sentence": sentence, **site(request)})
    return HttpResponse(page, status=503, headers={"Cache-Control": "no-store", **headers})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return error_response(request, 403, Code.PERMISSION_DENIED, f"CSRF check failed: {reason}")
    return csrf.csrf_failure(request, reason)
