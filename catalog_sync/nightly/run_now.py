"""Run now: what a manager asks for, at the API or in the admin, is a row at once, and a worker carries it out."""

from collections.abc import Sequence
from datetime import timedelta

from celery import current_app as app
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog_sync.models import SyncLog
from catalog_sync.nightly.runs import describe_running, in_progress, is_alive
from common.errors import Code, Conflict
from movies.providers import upkeep

# By name, because the tasks know this module.
CARRY_OUT, REFRESH = "catalog_sync.tasks.carry_out", "catalog_sync.tasks.refresh_films"
# A run that waits for a worker for longer is offered to one again.
WAITS = timedelta(minutes=5)


def run_now(entity: SyncLog.Entity) -> SyncLog:
    """The run that a worker will carry out, new or left behind by a crash. Raises Conflict when one is under way."""
    if is_alive(entity):
        raise Conflict(Code.CONFLICT, describe_running(entity))
    run = in_progress(entity)
    if run is None:
        run = queue(entity)
    elif not run.planned and run.started_at > timezone.now() - WAITS:
        raise waiting(entity)
    # Without a broker the row waits for `resume_interrupted`.
    transaction.on_commit(lambda: app.send_task(CARRY_OUT, [run.pk]), robust=True)
    return run


def refresh_films(films: Sequence[int]) -> None:
    """Have a worker bring in the details and posters of these films (keys); what it cannot do now, the night does."""
    upkeep.request_details(films)
    transaction.on_commit(lambda: app.send_task(REFRESH, [list(films)]), robust=True)


def queue(entity: SyncLog.Entity) -> SyncLog:
    try:
        with transaction.atomic():
            return SyncLog.objects.create(entity_type=entity)
    except IntegrityError:
        raise waiting(entity) from None


def waiting(entity: SyncLog.Entity) -> Conflict:
    return Conflict(Code.CONFLICT, f"A sync of {entity.label} was asked for a moment ago and waits for a worker.")
