"""Imports of films, which may take a minute: a web process stores the rows of a file, and a worker writes their films.

All films and the result are written in one transaction, so that a worker that dies leaves nothing half done, and the
next sweep sends the import to another. How far it is, others can only read elsewhere: a number in the cache says it.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from import_export.results import RowResult
from tablib import Dataset

from accounts.models import User
from common.database import advisory_locks
from common.services import publishing
from movies.exchange.resources import MovieResource
from movies.exchange.results import FilmResult
from movies.models import FilmImport, Movie

TASK = "movies.tasks.import_films"
# An import that did not end in this time never will: every worker that took it died.
LONGEST = timedelta(hours=1)
KEPT_FOR = timedelta(days=30)
NOTHING = "Nothing has been imported."


def start_import(user: User, dataset: Dataset) -> FilmImport:
    """Store the rows of a file of films for a worker, in their order."""
    data = json.dumps([dataset.headers, list(dataset)])
    with transaction.atomic():
        job = FilmImport.objects.create(user=user, total=len(dataset), data=data)
        publishing.publish_after_commit(TASK, [job.pk])
    return job


def run_import(pk: int) -> None:
    """Write the films of an import and its result, unless it is finished or another worker is at it."""
    jobs = FilmImport.objects.filter(pk=pk, finished_at=None).select_related("user")
    with advisory_locks.claim_job(f"marquee.film_import.{pk}", jobs.first, _fail) as job:
        if job is None:
            return
        if job.created_at < timezone.now() - LONGEST:
            _fail(job, "It was begun several times and never came to an end.")
        else:
            _write_films(job)


def resume_imports() -> None:
    """Send every unfinished import to the workers again; for one that is being written, that changes nothing."""
    for pk in FilmImport.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True):
        publishing.publish(TASK, [pk], expires=publishing.WAKE_SECONDS)


def clean_imports() -> None:
    """Delete the results of 30 days ago."""
    FilmImport.objects.filter(finished_at__lt=timezone.now() - KEPT_FOR).delete()


def progress_of(job: FilmImport) -> int | None:
    """Return how much of the import is done, in percent; None until a worker says so."""
    steps = cache.get(_progress_key(job.pk))
    # Each row is checked, and then written.
    return None if steps is None else min(100, 50 * int(steps) // max(job.total, 1))


def _write_films(job: FilmImport) -> None:
    headers, rows = json.loads(job.data)
    with transaction.atomic():
        result = MovieResource().import_data(
            Dataset(*rows, headers=headers),
            user=job.user,
            report=_reporter(job.pk),
            rollback_on_validation_errors=True,
            retain_instance_in_row_result=True,
        )
        if result.has_errors() or result.has_validation_errors():
            outcome: dict[str, Any] = {"refusals": result.refusals()}
        else:
            _write_history(job.user, result)
            outcome = {"counts": {kind: result.totals[kind] for kind in ("new", "update", "skip")}}
        _finish(job, outcome)


def _write_history(user: User, result: FilmResult) -> None:
    """Record in the history of each film who imported it."""
    content_type = ContentType.objects.get_for_model(Movie)
    LogEntry.objects.bulk_create(
        LogEntry(
            user=user,
            content_type=content_type,
            object_id=row.object_id,
            object_repr=row.object_repr[:200],
            action_flag=ADDITION if row.is_new() else CHANGE,
            change_message=json.dumps([_change_message(row)]),
        )
        for row in result.rows
        if not row.is_skip()
    )


def _change_message(row: RowResult) -> dict[str, Any]:
    """Return the change in the format of the admin's history."""
    return {"added": {}} if row.is_new() else {"changed": {"fields": [column for column, _, _ in row.changes]}}


def _finish(job: FilmImport, result: dict[str, Any]) -> None:
    FilmImport.objects.filter(pk=job.pk).update(data="", result=result, finished_at=timezone.now())


def _fail(job: FilmImport, error: str) -> None:
    _finish(job, {"error": f"{error} {NOTHING}"})


def _reporter(pk: int) -> Callable[[int], None]:
    """Return a function that notes how many steps of the import are done."""
    return lambda steps: cache.set(_progress_key(pk), steps, int(LONGEST.total_seconds()))


def _progress_key(pk: int) -> str:
    return f"film-import:{pk}:steps"
