"""The trace id: one name for a request in its log lines, its `X-Request-ID` header and its error reply."""

from typing import Any

import structlog
from django.dispatch import receiver
from django.http import HttpResponseBase
from django_structlog import signals


def trace_id() -> str:
    """Return the id that django_structlog gave to the current request; an id from the client is never used."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


@receiver([signals.bind_extra_request_finished_metadata, signals.update_failure_response])
def name_the_request(response: HttpResponseBase, **_: Any) -> None:
    response.headers["X-Request-ID"] = trace_id()
