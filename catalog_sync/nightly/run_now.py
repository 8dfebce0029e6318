"""Runs that a manager starts, by the API or in the admin: a row at once, which a worker carries out."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog_sync.models import SyncLog
from catalog_sync.nightly.runs import current_run, describe_running, is_running
from common.errors import Code, Conflict
from common.services import publishing
from movies.providers import upkeep

# By name, because the tasks import this module.
CARRY_OUT, REFRESH = "catalog_sync.tasks.carry_out", "catalog_sync.tasks.refresh_films"
# A run that has waited longer for a worker is sent to the workers again.
RESEND_AFTER = timedelta(minutes=5)


def run_now(entity: SyncLog.Entity) -> SyncLog:
    """Return the run that a worker will carry out: a new one, or one left by a crash.

    Raises Conflict when one is running or waiting for a worker.
    """
    if is_running(entity):
        raise Conflict(Code.CONFLICT, describe_running(entity))
    run = current_run(entity)
    if run is None:
        run = _create_run(entity)
    elif not run.planned and run.started_at > timezone.now() - RESEND_AFTER:
        raise _waiting_error(entity)
    # Without a broker the row waits for `resume_interrupted`.
    publishing.publish_after_commit(CARRY_OUT, [run.pk])
    return run


def refresh_films(films: Sequence[int]) -> None:
    """Have a worker fetch details and posters of these films (keys); what it cannot fetch is left to the night."""
    upkeep.request_details(films)
    publishing.publish_after_commit(REFRESH, [list(films)])


def _create_run(entity: SyncLog.Entity) -> SyncLog:
    try:
        with transaction.atomic():
            return SyncLog.objects.create(entity_type=entity)
    except IntegrityError:
        raise _waiting_error(entity) from None


def _waiting_error(entity: SyncLog.Entity) -> Conflict:
    return Conflict(Code.CONFLICT, f"A sync of {entity.label} was started a moment ago and is waiting for a worker.")
