"""The one shape of every error under /api, from REST framework, Django's handlers or a write function."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from common.api.problems import Problem, describe
from common.errors import Code, FieldError
from common.logging.tracing import trace_id

logger = structlog.get_logger(__name__)


def is_api(request: HttpRequest | Request) -> bool:
    """Return whether the request is one of the API, whose errors are JSON even where no view answers."""
    return is_api_path(request.path_info)


def is_api_path(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def error_body(
    status: int, code: str, message: str, errors: Iterable[FieldError] = (), *, path: str, trace_id: str
) -> dict[str, Any]:
    return {
        "status_code": status,
        "error": HTTPStatus(status).phrase,
        "code": str(code),
        "message": message,
        "errors": [{"field": error.field, "message": error.message} for error in errors],
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "path": path,
        "trace_id": trace_id,
    }


def error_response(
    request: HttpRequest | Request,
    status: int,
    code: str,
    message: str,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> HttpResponse:
    body = error_body(status, code, message, errors, path=request.path, trace_id=trace_id())
    if details:
        body["details"] = details
    # An error is about this moment: it may not be cached, and needs no ETag.
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return JsonResponse(body, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})


def problem_response(request: HttpRequest | Request, problem: Problem) -> HttpResponse:
    return error_response(
        request, problem.status, problem.code, problem.message, problem.errors, problem.headers, problem.details
    )


def internal_error(request: HttpRequest | Request) -> HttpResponse:
    return error_response(
        request, 500, Code.INTERNAL_ERROR, "Something broke on our side. The trace id finds it in our logs."
    )


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Answer an exception of a view (REST framework's EXCEPTION_HANDLER). Django logs others and calls `handler500`."""
    problem = describe(error)
    if problem is None:
        return None
    if problem.status == 503:
        logger.warning("request_unavailable", exc_info=error)
    return problem_response(context["request"], problem)
