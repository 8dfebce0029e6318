"""What managers do with fetch jobs, at the API, on the page or in the admin."""

import unicodedata

import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from accounts.models import User
from catalog_sync.fetch_jobs.claims import AT_THIS_MOMENT, send
from catalog_sync.models import FetchJob
from catalog_sync.models.fetch_job import (
    HIGHEST_LIMIT,
    LONGEST_TERM,
    SHORTEST_TERM,
    USUAL_LIMIT,
)
from catalog_sync.realtime import job_events
from common.constraints import violated
from common.errors import Code, Conflict, FieldError
from movies.models.limits import FIRST_YEAR, LAST_YEAR

log = structlog.get_logger(__name__)

ONE_ACTIVE = "fetch_job_one_active_per_search"


def start(by: User, search_term: str, year: int | None = None, limit: int | None = None) -> FetchJob:
    """The job, which a worker takes once this is committed; `limit` films at most, USUAL_LIMIT when it is None.

    Raises ValidationError by field, and Conflict when a job for the same term and year is active: it names that one.
    """
    term = plain(search_term)
    wanted = USUAL_LIMIT if limit is None else limit
    if errors := complaints(term, year, wanted):
        raise ValidationError(errors)
    try:
        with transaction.atomic():
            job = FetchJob.objects.create(search_term=term, year=year, limit=wanted, requested_by=by)
    except IntegrityError as error:
        if violated(error) != ONE_ACTIVE:
            raise
        raise conflict(term, year) from None
    # Without a broker the row waits for `resume`.
    transaction.on_commit(lambda: send(job.pk), robust=True)
    return job


def plain(term: str) -> str:
    """As it is compared: one space where there were several, none around it."""
    return " ".join(unicodedata.normalize("NFC", term).split())


def complaints(term: str, year: int | None, limit: int) -> dict[str, list[str]]:
    errors = {}
    if any(not sign.isprintable() for sign in term):
        errors["search_term"] = ["Holds a character that cannot be searched for."]
    elif not SHORTEST_TERM <= len(term) <= LONGEST_TERM:
        errors["search_term"] = [f"OMDb searches for {SHORTEST_TERM} to {LONGEST_TERM} characters."]
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        errors["year"] = [f"From {FIRST_YEAR} to {LAST_YEAR}."]
    if not 1 <= limit <= HIGHEST_LIMIT:
        errors["limit"] = [f"From 1 to {HIGHEST_LIMIT}."]
    return errors


def conflict(term: str, year: int | None) -> Conflict:
    alike = FetchJob.objects.alias(lower=Lower("search_term")).filter(lower=Lower(Value(term)), year=year)
    active = alike.filter(status__in=FetchJob.ACTIVE).first()
    if active is None:
        said = "The same search ended in this moment; try again."
    else:
        how = f"is running, at {active.progress} of {active.total} films" if active.started_at else "waits for a worker"
        said = f"The same search {how}: fetch {active.pk}."
    return Conflict(Code.DUPLICATE, said, [FieldError("search_term", said)])


def cancel(job: FetchJob) -> FetchJob:
    """The job, cancelled from this moment: its worker makes no further call and stores no further film.

    What it stored until now stays. Raises Conflict when it is over already.
    """
    active = FetchJob.objects.filter(pk=job.pk, status__in=FetchJob.ACTIVE)
    changed = active.update(status=FetchJob.Status.CANCELLED, finished_at=AT_THIS_MOMENT)
    job.refresh_from_db()
    if not changed:
        raise Conflict(Code.CONFLICT, f"This fetch is over: {job.get_status_display()}.")
    log.info("fetch_cancelled", job=job.pk, progress=job.progress, total=job.total)
    transaction.on_commit(lambda: job_events.progress(job), robust=True)
    return job
