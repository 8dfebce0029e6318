"""What Celery beat starts at night, and what takes too long for a request; see CELERY_BEAT_SCHEDULE."""

import structlog
from celery import shared_task
from django.db import OperationalError

from movies.importing import applying, checking, cleanup, working
from movies.library import ratings
from movies.posters import uploads
from movies.search import vocabulary

log = structlog.get_logger(__name__)


@shared_task
def mend_ratings() -> None:
    ratings.mend_drift()


@shared_task
def sweep_posters() -> None:
    uploads.sweep()


@shared_task
def rebuild_vocabulary() -> None:
    vocabulary.rebuild()


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def check_library_import(pk: int) -> None:
    checking.check(pk)


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def apply_library_import(pk: int) -> None:
    applying.apply(pk)


@shared_task
def resume_library_imports() -> None:
    working.resume()


@shared_task
def clean_library_imports() -> None:
    rows, jobs = cleanup.clean()
    log.info("library_imports_cleaned", rows=rows, jobs=jobs)
