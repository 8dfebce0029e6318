"""Tasks that Celery beat starts (see CELERY_BEAT_SCHEDULE), and work that takes too long for a request.

An import that lost its worker or the database is taken up by `resume_library_imports`.
"""

import structlog
from celery import shared_task

from movies.exchange import jobs as exchange
from movies.importing import applying, cleanup, dry_run, jobs
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
    vocabulary.rebuild_vocabulary()


@shared_task
def check_library_import(pk: int) -> None:
    dry_run.check_import(pk)


@shared_task
def apply_library_import(pk: int) -> None:
    applying.apply_import(pk)


@shared_task
def import_films(pk: int) -> None:
    exchange.run_import(pk)


@shared_task
def resume_library_imports() -> None:
    jobs.resume_jobs()
    exchange.resume_imports()


@shared_task
def clean_library_imports() -> None:
    exchange.clean_imports()
    deleted_rows, deleted_jobs = cleanup.clean_imports()
    log.info("library_imports_cleaned", rows=deleted_rows, jobs=deleted_jobs)
