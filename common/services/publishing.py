"""Sending tasks to the workers: the one way to do it, which no outage of the broker makes slow.

A message only says that there is something to do; what is to be done is a row. A message that could not be sent, or
that a dead worker lost, is made up for by the sweep of those rows (see CELERY_BEAT_SCHEDULE).
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from kombu.pools import producers
from redis import RedisError

from common.services import redis_clients

log = structlog.get_logger(__name__)

# kombu alone would try several times, and wait up to the timeouts of the workers' own connections.
TRANSPORT_OPTIONS = {
    "max_retries": 0,
    "socket_connect_timeout": redis_clients.TIMEOUT_SECONDS,
    "socket_timeout": redis_clients.TIMEOUT_SECONDS,
}
# A message of a sweep that no worker took for so long is not needed any more: beat has sent the next one.
WAKE_SECONDS = 60


def publish(task: str, arguments: Sequence[Any] = (), **options: Any) -> bool:
    """Send a task to the workers by its name, in one short attempt; return whether the broker has it.

    Never raises for a broker that is down or hangs, and skips it for a moment afterwards.
    """
    breaker = redis_clients.breaker_at(settings.BROKER_URL)
    if breaker.is_skipping():
        return False
    try:
        link = current_app.connection_for_write(settings.BROKER_URL, transport_options=TRANSPORT_OPTIONS)
        with producers[link].acquire(block=True, timeout=redis_clients.TIMEOUT_SECONDS) as producer:
            current_app.send_task(task, list(arguments), producer=producer, retry=False, **options)
    except (OperationalError, RedisError, OSError) as error:
        breaker.fail()
        log.warning("task_not_published", task=task, error=type(error).__name__)
        return False
    breaker.succeed()
    return True


def publish_after_commit(task: str, arguments: Sequence[Any] = ()) -> None:
    """Send the task after the commit, if the transaction is not rolled back."""
    transaction.on_commit(lambda: publish(task, arguments), robust=True)


def wake(task: str) -> None:
    """Send a sweep to the workers, unless one is waiting for a worker already."""
    try:
        is_first = redis_clients.client(settings.BROKER_URL).set(_mark(task), 1, nx=True, ex=WAKE_SECONDS)
    except RedisError as error:
        log.warning("task_not_published", task=task, error=type(error).__name__)
        return
    if is_first and not publish(task, expires=WAKE_SECONDS):
        begin_sweep(task)


def begin_sweep(task: str) -> None:
    """Note that the sweep begins: rows that are committed from now on wake the next one."""
    with suppress(RedisError):  # then the note ends by itself
        redis_clients.client(settings.BROKER_URL).delete(_mark(task))


def _mark(task: str) -> str:
    return f"marquee:woken:{task}"
