"""Starting and cancelling fetch jobs."""

import unicodedata

import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from accounts.models import User
from catalog_sync.fetch_jobs.claims import NOW, enqueue
from catalog_sync.models import FetchJob
from catalog_sync.models.fetch_job import (
    HIGHEST_LIMIT,
    LONGEST_TERM,
    SHORTEST_TERM,
    USUAL_LIMIT,
)
from catalog_sync.realtime import job_events
from common.database.constraints import violated_name
from common.errors import Code, Conflict, FieldError
from movies.models.limits import FIRST_YEAR, LAST_YEAR

log = structlog.get_logger(__name__)

ONE_ACTIVE = "fetch_job_one_active_per_search"


def start(by: User, search_term: str, year: int | None = None, limit: int | None = None) -> FetchJob:
    """Create a job of `limit` films at most (default USUAL_LIMIT), which a worker carries out after the commit.

    Raises ValidationError by field, and Conflict, which names the active job of the same term and year.
    """
    term = _normalize_term(search_term)
    limit = USUAL_LIMIT if limit is None else limit
    if errors := _validate(term, year, limit):
        raise ValidationError(errors)
    try:
        with transaction.atomic():
            job = FetchJob.objects.create(search_term=term, year=year, limit=limit, requested_by=by)
    except IntegrityError as error:
        if violated_name(error) != ONE_ACTIVE:
            raise
        raise _duplicate_error(term, year) from None
    # Without a broker the row waits for `resume`.
    transaction.on_commit(lambda: enqueue(job.pk), robust=True)
    return job


def _normalize_term(term: str) -> str:
    """Return the term as it is compared: in NFC, with single spaces, trimmed."""
    return " ".join(unicodedata.normalize("NFC", term).split())


def _validate(term: str, year: int | None, limit: int) -> dict[str, list[str]]:
    errors = {}
    if any(not character.isprintable() for character in term):
        errors["search_term"] = ["It contains a character that cannot be searched for."]
    elif not SHORTEST_TERM <= len(term) <= LONGEST_TERM:
        errors["search_term"] = [f"OMDb searches for {SHORTEST_TERM} to {LONGEST_TERM} characters."]
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        errors["year"] = [f"From {FIRST_YEAR} to {LAST_YEAR}."]
    if not 1 <= limit <= HIGHEST_LIMIT:
        errors["limit"] = [f"From 1 to {HIGHEST_LIMIT}."]
    return errors


def _duplicate_error(term: str, year: int | None) -> Conflict:
    alike = FetchJob.objects.alias(lower=Lower("search_term")).filter(lower=Lower(Value(term)), year=year)
    active = alike.filter(status__in=FetchJob.ACTIVE).first()
    if active is None:
        message = "The same search has just ended; try again."
    else:
        is_running = f"is running, at {active.progress} of {active.total} films"
        state = is_running if active.started_at else "is waiting for a worker"
        message = f"The same search {state}: fetch {active.pk}."
    return Conflict(Code.DUPLICATE, message, [FieldError("search_term", message)])


def cancel(job: FetchJob) -> FetchJob:
    """Cancel the job: from now on its worker makes no further call and stores no further film.

    Films stored so far stay. Raises Conflict when the job has ended already.
    """
    active = FetchJob.objects.filter(pk=job.pk, status__in=FetchJob.ACTIVE)
    changed = active.update(status=FetchJob.Status.CANCELLED, finished_at=NOW)
    job.refresh_from_db()
    if not changed:
        raise Conflict(Code.CONFLICT, f"This fetch has ended: {job.get_status_display()}.")
    log.info("fetch_cancelled", job=job.pk, progress=job.progress, total=job.total)
    transaction.on_commit(lambda: job_events.emit_progress(job), robust=True)
    return job
