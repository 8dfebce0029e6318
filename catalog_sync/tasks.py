"""Celery tasks: those that beat starts (see CELERY_BEAT_SCHEDULE), and those that managers start.

Each may come twice or late: a run in progress is left alone, and a finished one is not repeated. Messages are
acknowledged when a task begins: what a dead worker leaves is in the database, where `resume_interrupted` finds it.
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
from common.database.advisory_locks import ClaimLost
from common.services import publishing
from movies.providers.due import films_to_complete

log = structlog.get_logger(__name__)


@contextmanager
def _log_interruption() -> Iterator[None]:
    """Log that another process runs this sync, or that the database or TMDB is lost: a sweep goes on with it."""
    try:
        yield
    except AlreadyRunning as running:
        log.info("sync_not_started", reason=str(running))
    except (ClaimLost, OperationalError, InterfaceError, Unavailable) as lost:
        log.warning("sync_interrupted", error=type(lost).__name__)


def _run_step(entity: SyncLog.Entity) -> None:
    with _log_interruption():
        night.run_step(entity)


@shared_task
def sync_genres() -> None:
    _run_step(SyncLog.Entity.GENRES)


@shared_task
def sync_movies(pages: int | None = None) -> None:
    with _log_interruption():
        lists.sync_movies(pages)


@shared_task
def sync_night() -> None:
    _run_step(SyncLog.Entity.NIGHT)


@shared_task
def carry_out(run: int) -> None:
    """Carry out the run with this key, unless it has ended meanwhile."""
    row = SyncLog.objects.filter(pk=run, status=SyncLog.Status.IN_PROGRESS).first()
    if row:
        _run_step(SyncLog.Entity(row.entity_type))


@shared_task
def refresh_films(films: list[int]) -> None:
    """Fetch details and posters of these films (keys), due or not. A step in progress leaves them to the next night."""
    with _log_interruption():
        details.sync_details(films=films)
    with _log_interruption():
        posters.sync_posters(films=films)


@shared_task
def complete_films(films: list[int]) -> None:
    """Fetch TMDB's details and posters of films (keys) that came from OMDb."""
    with _log_interruption():
        complete.complete_films(films)


@shared_task
def complete_wanted() -> None:
    """Complete the films from OMDb that still wait for TMDB, because it was away or a message got lost."""
    with _log_interruption():
        complete.complete_films(films_to_complete())


@shared_task
def resume_interrupted() -> None:
    """Resume the runs that a crash or a lost database has interrupted; a night resumes its steps by itself."""
    interrupted = runs.interrupted_runs()
    nights = [run for run in interrupted if run.entity_type == SyncLog.Entity.NIGHT]
    for run in nights or interrupted:
        log.info("sync_taken_up", entity=run.entity_type, run=run.pk)
        publishing.publish(carry_out.name, [run.pk])


@shared_task
def carry_out_fetch(job: int) -> None:
    """Carry out the fetch job with this key."""
    with _log_interruption():
        fetch_jobs.run(job)


@shared_task
def resume_fetches() -> None:
    """Resume fetch jobs that a dead worker left, or whose message got lost."""
    if jobs := fetch_jobs.resume():
        log.info("fetches_taken_up", jobs=jobs)


@worker_ready.connect
def resume_fetches_at_start(**_: Any) -> None:
    """Resume fetch jobs as soon as a worker starts: a manager may be watching them."""
    publishing.publish(resume_fetches.name)
