"""What Celery beat starts, see CELERY_BEAT_SCHEDULE, and what managers start by hand.

Each may come twice or late: what runs already is left alone, and what was carried out is not carried out again.
Their messages are acknowledged when they begin: what a dead worker leaves behind stands in the database, where
`resume_interrupted` finds it. With a message in its hands for minutes, a worker would not survive that Redis
restarts (kombu stumbles when it wants to give the message back).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery import shared_task
from celery.signals import worker_ready
from django.db import InterfaceError, OperationalError

from catalog_sync import fetch_jobs
from catalog_sync.adoption import complete
from catalog_sync.clients.errors import Unavailable
from catalog_sync.models import SyncLog
from catalog_sync.nightly import details, lists, night, posters, runs
from catalog_sync.nightly.runs import AlreadyRunning
from common.advisory_locks import ClaimLost

log = structlog.get_logger(__name__)


@contextmanager
def undisturbed() -> Iterator[None]:
    """One that runs already goes on; one that lost its database is taken up by `resume_interrupted`."""
    try:
        yield
    except AlreadyRunning as running:
        log.info("sync_not_started", reason=str(running))
    except (ClaimLost, OperationalError, InterfaceError) as lost:
        log.warning("sync_interrupted", error=type(lost).__name__)


def start(entity: SyncLog.Entity) -> None:
    with undisturbed():
        night.carry_out(entity)


@shared_task(acks_late=False)
def sync_genres() -> None:
    start(SyncLog.Entity.GENRES)


@shared_task(acks_late=False)
def sync_movies(pages: int | None = None) -> None:
    with undisturbed():
        lists.sync_movies(pages)


@shared_task(acks_late=False)
def sync_night() -> None:
    start(SyncLog.Entity.NIGHT)


@shared_task(acks_late=False)
def carry_out(run: int) -> None:
    """The run with this key, if it was neither carried out nor given up meanwhile."""
    row = SyncLog.objects.filter(pk=run, status=SyncLog.Status.IN_PROGRESS).first()
    if row:
        start(SyncLog.Entity(row.entity_type))


@shared_task(acks_late=False)
def refresh_films(films: list[int]) -> None:
    """The details and the posters of these films (keys), due or not. While a night is at it, they wait for the next."""
    with undisturbed():
        details.sync_details(films=films)
    with undisturbed():
        posters.sync_posters(films=films)


@shared_task(acks_late=False, autoretry_for=(Unavailable,), retry_backoff=60, max_retries=4)
def complete_films(films: list[int]) -> None:
    """What TMDB knows of films (keys) that came from OMDb: their details and their posters."""
    with undisturbed():
        complete.complete_films(films)


@shared_task(acks_late=False)
def resume_interrupted() -> None:
    """What a crash, or a database that was away, has left behind goes on; a night by itself takes its steps along."""
    left = runs.interrupted()
    nights = [run for run in left if run.entity_type == SyncLog.Entity.NIGHT]
    for run in nights or left:
        log.info("sync_taken_up", entity=run.entity_type, run=run.pk)
        carry_out.delay(run.pk)


@shared_task(acks_late=False)
def carry_out_fetch(job: int) -> None:
    """The fetch job with this key."""
    with undisturbed():
        fetch_jobs.carry_out(job)


@shared_task(acks_late=False)
def resume_fetches() -> None:
    """Fetch jobs that a dead worker left, or whose message got lost, go on."""
    if taken_up := fetch_jobs.resume():
        log.info("fetches_taken_up", jobs=taken_up)


@worker_ready.connect
def take_up_fetches(**_: Any) -> None:
    """Somebody may be watching: they do not wait for the next round."""
    resume_fetches.delay()
