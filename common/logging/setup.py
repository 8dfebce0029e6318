"""Logs: one line per event on standard error, for people (console) or programs (json).

Every line of a request carries its `request_id`, every line of a task its `task_id` and the request that asked for it.
"""

import logging
import logging.config
import sys
from types import TracebackType
from typing import Any

import structlog
from django.conf import settings
from structlog.typing import EventDict, Processor, WrappedLogger

from common.logging.redaction import Redactor

# Asked every few seconds or by the dozen per page: their success is no news.
QUIET_PATHS = ("/api/v1/health/live", settings.STATIC_URL)
REQUEST_EVENTS = {"request_started", "request_finished"}
# Said of every static file, without its path.
STREAM_EVENTS = {"streaming_started", "streaming_finished"}

# What django_structlog already says, once and with the request's or task's id.
SAID_TWICE = ("django.request", "django.security.DisallowedHost", "celery.app.trace", "celery.worker.strategy")

# Tell every step of making a PDF, every header of a request to the store, or all that a template shows.
TALKATIVE = ("fontTools", "fpdf", "botocore", "boto3", "s3transfer", "django.template")
# Settings that no line may quote.
SECRETS = (
    "SECRET_KEY",
    "TMDB_API_KEY",
    "OMDB_API_KEY",
    "S3_SECRET_ACCESS_KEY",
    "EMAIL_HOST_PASSWORD",
    "OIDC_CLIENT_SECRET",
    "GOOGLE_CLIENT_SECRET",
    "GITHUB_CLIENT_SECRET",
)


def configure(options: dict[str, Any]) -> None:
    """Configure logging, for Django; `options` is {"level": a logging level, "format": "console" | "json"}."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            drop_quiet_requests,
            *shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    inherit: dict[str, Any] = {"handlers": [], "level": "NOTSET", "propagate": True}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": formatter, "form": options["format"]}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                # Django's defaults give these handlers of their own.
                "django": inherit,
                "django.server": {**inherit, "level": "WARNING"},
                **{name: {"level": "CRITICAL"} for name in SAID_TWICE},
                **{name: {"level": "WARNING"} for name in TALKATIVE},
            },
        }
    )
    sys.excepthook = log_uncaught


def shared_processors() -> list[Processor]:
    """Return the processors of both structlog's events and other libraries' records."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def formatter(form: str) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared_processors(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            # Last before the renderer, so that tracebacks are redacted too.
            Redactor(secrets()),
            renderer,
        ],
    )


def secrets() -> list[str]:
    return [value for name in SECRETS if (value := str(getattr(settings, name, "")))]


def drop_quiet_requests(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    name, path = event.get("event"), str(event.get("request", "")).partition(" ")[2]
    quiet = name in STREAM_EVENTS or (name in REQUEST_EVENTS and path.startswith(QUIET_PATHS))
    if quiet and method == "info" and not logger.isEnabledFor(logging.DEBUG):
        raise structlog.DropEvent
    return event


def log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Log a crash as one redacted line (the interpreter's excepthook)."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger("uncaught").critical("process_failed", exc_info=(kind, error, traceback))
