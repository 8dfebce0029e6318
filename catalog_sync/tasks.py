"""What Celery beat starts, see CELERY_BEAT_SCHEDULE, and what managers start by hand.

Each may come twice or late: what runs already is left alone, and what was carried out is not carried out again.
Their messages are acknowledged when they begin: what a dead worker leaves behind stands in the database, where
`resume_interrupted` finds it. With a message in its hands for minutes, a worker would not survive that Redis
restarts (kombu stumbles when it wants to give the message back).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError

from catalog_sync import details, night, posters, runs, sync
from catalog_sync.models import SyncLog
from catalog_sync.runs import AlreadyRunning, Superseded

log = structlog.get_logger(__name__)


@contextmanager
def undisturbed() -> Iterator[None]:
    """One that runs already goes on; one that lost its database is taken up by `resume_interrupted`."""
    try:
        yield
    except AlreadyRunning as running:
        log.info("sync_not_started", reason=str(running))
    except (Superseded, OperationalError, InterfaceError) as lost:
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
        sync.sync_movies(pages)


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


@shared_task(acks_late=False)
def resume_interrupted() -> None:
    """What a crash, or a database that was away, has left behind goes on; a night by itself takes its steps along."""
    left = runs.interrupted()
    nights = [run for run in left if run.entity_type == SyncLog.Entity.NIGHT]
    for run in nights or left:
        log.info("sync_taken_up", entity=run.entity_type, run=run.pk)
        carry_out.delay(run.pk)
