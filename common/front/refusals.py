"""Answers to requests that never reach Django: JSON under /api, a short page elsewhere."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from uuid import uuid4

import structlog

from common.api.errors import error_body, is_api_path
from common.api.problems import RETRY_AFTER_SECONDS
from common.errors import Code
from common.finished.entries import Answer, Header

logger = structlog.get_logger(__name__)

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>'
    "<body><h1>{title}</h1><p>{message}</p></body></html>\n"
)


@dataclass(frozen=True)
class Refusal:
    status: int
    code: Code
    title: str
    message: str


TOO_SLOW = Refusal(408, Code.REQUEST_TIMEOUT, "That took too long", "The request did not arrive in time. Try again.")
BROKEN = Refusal(400, Code.VALIDATION_FAILED, "That did not arrive", "The request broke off. Try again.")
BUSY = Refusal(503, Code.UNAVAILABLE, "We are busy", "The site is busy. Try again in a moment.")
FAILED = Refusal(
    500,
    Code.INTERNAL_ERROR,
    "Something went wrong",
    "The problem is on our side and has been recorded. Please try again in a moment.",
)


def refuse(refusal: Refusal, path: str) -> Answer:
    """Return the answer, after which the connection is closed: the rest of a body may still be on its way."""
    trace_id = str(uuid4())
    logger.info("request_refused", status=refusal.status, code=refusal.code.value, request_id=trace_id)
    if is_api_path(path):
        kind = b"application/json"
        error = error_body(refusal.status, refusal.code, refusal.message, path=path, trace_id=trace_id)
        body = json.dumps(error, ensure_ascii=False).encode()
    else:
        kind, body = b"text/html; charset=utf-8", PAGE.format(title=refusal.title, message=refusal.message).encode()
    headers: list[Header] = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", trace_id.encode()),
        (b"connection", b"close"),
    ]
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    return Answer(refusal.status, headers, BytesIO(body), len(body))
