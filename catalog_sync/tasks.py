"""What Celery beat starts at night; see CELERY_BEAT_SCHEDULE."""

import structlog
from celery import shared_task

from catalog_sync import sync
from catalog_sync.runs import AlreadyRunning

log = structlog.get_logger(__name__)


@shared_task
def sync_genres() -> None:
    try:
        sync.sync_genres()
    except AlreadyRunning as running:
        log.info("sync_not_started", reason=str(running))


@shared_task
def sync_movies(pages: int | None = None) -> None:
    try:
        sync.sync_movies(pages)
    except AlreadyRunning as running:
        log.info("sync_not_started", reason=str(running))
