"""The whole night: one step after the other, each claimed and resumable by itself, and so is the night."""

from collections.abc import Callable

import structlog
from django.db import transaction

from catalog_sync.clients.errors import StepsFailed
from catalog_sync.models import SyncLog
from catalog_sync.nightly.changes import sync_changes
from catalog_sync.nightly.details import sync_details
from catalog_sync.nightly.enrichment import enrich_movies
from catalog_sync.nightly.ids import end_interrupted
from catalog_sync.nightly.lists import sync_genres, sync_movies, sync_releases
from catalog_sync.nightly.posters import sync_posters
from catalog_sync.nightly.runs import AlreadyRunning, OnPage, Plan, claim_run, ignore_progress, record_page
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)
Entity = SyncLog.Entity
Step = Callable[[OnPage], SyncLog]

# Changes come before details, so that changed films are refreshed in the same night. Posters come last, to fetch
# those of all films that the steps before have stored.
NIGHT: tuple[SyncLog.Entity, ...] = (
    Entity.MOVIES,
    Entity.RELEASES,
    Entity.CHANGES,
    Entity.DETAILS,
    Entity.ENRICHMENT,
    Entity.POSTERS,
)

STEPS: dict[SyncLog.Entity, Step] = {
    Entity.GENRES: lambda on_page: sync_genres(on_page=on_page),
    Entity.MOVIES: lambda on_page: sync_movies(on_page=on_page),
    Entity.RELEASES: lambda on_page: sync_releases(on_page=on_page),
    Entity.CHANGES: lambda on_page: sync_changes(on_page=on_page),
    Entity.DETAILS: lambda on_page: sync_details(on_page=on_page),
    Entity.ENRICHMENT: lambda on_page: enrich_movies(on_page=on_page),
    Entity.POSTERS: lambda on_page: sync_posters(on_page=on_page),
    Entity.NIGHT: lambda on_page: sync_night(on_page=on_page),
    Entity.IDS: end_interrupted,
}


def run_step(entity: SyncLog.Entity, on_page: OnPage = ignore_progress) -> SyncLog:
    """Run one step, or the whole night, to its end; return the finished run. Raises AlreadyRunning."""
    return STEPS[entity](on_page)


def sync_night(on_page: OnPage = ignore_progress, on_step: OnPage = ignore_progress) -> SyncLog:
    """Run every step of NIGHT; a failed step does not stop the next ones, but at the end the night is failed too.

    After a crash the night goes on with the step that it had reached, and that step with its page. The counts of the
    night are the sums over its steps. `on_page` is called after each page of a step, `on_step` after each step.
    Return the finished run. Raises AlreadyRunning.
    """
    with claim_run(Entity.NIGHT, lambda _: Plan(len(NIGHT))) as night:
        for entity in NIGHT[night.pages_done :]:
            _run_step_of(night, entity, on_page, on_step)
        if failed := night.remarks.get("steps_failed"):
            raise StepsFailed(f"{failed} of {len(NIGHT)} steps failed; the run of each says why.")
    return night


def _run_step_of(night: SyncLog, entity: SyncLog.Entity, on_page: OnPage, on_step: OnPage) -> None:
    try:
        step = run_step(entity, on_page)
    except AlreadyRunning as running:
        # Another process runs it to its end.
        log.info("step_left_alone", step=entity.value, reason=str(running))
        record_page(night, Counts(), 0, remarks={"steps_left_alone": 1})
        return
    with transaction.atomic():
        counts = Counts(step.created, step.updated, step.unchanged)
        failed_steps = int(step.status == SyncLog.Status.FAILED)
        record_page(night, counts, step.failed, remarks={"steps_failed": failed_steps})
    on_step(step)
