"""Events about fetch jobs, from a worker to all connected managers.

No function raises or blocks for long: python-socketio tries twice to publish, logs the failure and drops the event.
The next event is delivered as soon as Redis is back.
"""

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError

from catalog_sync.realtime import channel

if TYPE_CHECKING:
    from socketio import RedisManager

    from catalog_sync.models import FetchJob

log = structlog.get_logger(__name__)


def emit_progress(job: "FetchJob") -> None:
    body = {"progress": job.progress, "total": job.total, "searchTerm": job.search_term, "status": job.status}
    _emit("fetch:progress", {"jobId": job.pk} | body)


def emit_completed(job: "FetchJob") -> None:
    try:
        movies = list(job.movies.values("id", "title", "year", "imdb_id"))
    except DatabaseError as lost:
        log.warning("realtime_not_told", job=job.pk, error=type(lost).__name__)
        return
    _emit("fetch:completed", {"jobId": job.pk, "movies": movies, "searchTerm": job.search_term})


def emit_error(job: "FetchJob") -> None:
    _emit("fetch:error", {"jobId": job.pk, "error": job.error})


def _emit(event: str, data: dict[str, Any]) -> None:
    _manager(channel.redis_url(), channel.channel_name()).emit(event, data, room=channel.ROOM)


@cache
def _manager(url: str, channel_name: str) -> "RedisManager":
    from socketio import RedisManager  # here, because only workers emit

    return RedisManager(
        url,
        channel=channel_name,
        write_only=True,
        logger=logging.getLogger(__name__),
        redis_options=channel.publisher_options(),
    )
