"""The work of a fetch job: page by page of the search, then film by film, each saved before the next.

One request at a time: a cancelled job finishes at most the one under way, and a dead worker loses at most one.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from catalog_sync import mapping
from catalog_sync.adoption.adopt import NotAFilm, adopt_row, schedule_completion
from catalog_sync.clients.errors import Refused, UpstreamError
from catalog_sync.clients.omdb import MAX_PAGE, OMDbClient, SearchPage
from catalog_sync.clients.parallel import FailureGuard
from catalog_sync.fetch_jobs.claims import check_claim, claim, save_progress
from catalog_sync.mapping import BadRecord
from catalog_sync.models import FetchJob
from catalog_sync.realtime import job_events
from common.database.advisory_locks import ClaimLost
from movies.models import Movie

log = structlog.get_logger(__name__)

PER_PAGE = 10
Answer = dict[str, Any] | UpstreamError


class JobOMDbClient(OMDbClient):
    """A client that calls `check` before every attempt; what it raises ends the requests."""

    def __init__(self, check: Callable[[], None], **options: Any) -> None:
        # A tenth of the day's allowance is left to the look-ups of visitors, as by the nights.
        super().__init__(reserve=settings.OMDB_DAILY_LIMIT // 10, **options)
        self._check = check

    def _acquire_permit(self) -> None:
        self._check()
        super()._acquire_permit()


def run(pk: int) -> None:
    """Carry out the job with this key from where it is; no effect if it has ended or another process runs it."""
    with claim(pk) as job:
        if job:
            try:
                omdb = JobOMDbClient(partial(check_claim, job))
                while not job.searched:
                    _store_page(job, omdb.search(job.search_term, job.year, job.pages_done + 1))
                    job_events.emit_progress(job)
                guard = FailureGuard()
                while job.pending:
                    imdb_id = job.pending[0]
                    _, answer = guard.check((imdb_id, _fetch_row(omdb, imdb_id)))
                    _store_film(job, imdb_id, answer)
                    job_events.emit_progress(job)
            except ClaimLost:
                schedule_completion(job.movie_ids)
                raise


def _store_page(job: FetchJob, page: SearchPage) -> None:
    """Add the films of a page to those to do, each once: OMDb repeats rows on later pages at times."""
    pending, failed, skipped = list(job.pending), 0, 0
    room = job.limit - job.total
    for row in page.results:
        if len(pending) - len(job.pending) + failed + skipped == room:
            break
        try:
            title = mapping.parse_omdb_title(row)
        except BadRecord as reason:
            log.warning("record_skipped", reason=str(reason))
            failed += 1
            continue
        if title.kind != "movie":
            skipped += 1
        elif title.imdb_id not in pending:
            pending.append(title.imdb_id)
    progress = job.progress + failed + skipped
    total = progress + len(pending)
    is_last = not page.results or page.number * PER_PAGE >= page.total or page.number == MAX_PAGE
    save_progress(
        job,
        pages_done=page.number,
        searched=is_last or total == job.limit,
        found=max(job.found, page.total),
        pending=pending,
        failed=job.failed + failed,
        skipped=job.skipped + skipped,
        progress=progress,
        total=total,
    )


def _fetch_row(omdb: OMDbClient, imdb_id: str) -> Answer:
    """Return the film's row, or its refusal. Raises the errors that concern more than this film."""
    try:
        return omdb.by_id(imdb_id)
    except Refused as refusal:
        return refusal


def _store_film(job: FetchJob, imdb_id: str, answer: Answer) -> None:
    """Store the film and the progress in one transaction, so that neither is stored without the other."""
    with transaction.atomic():
        outcome, movie = _adopt_answer(imdb_id, answer)
        save_progress(
            job,
            pending=job.pending[1:],
            progress=job.progress + 1,
            movie_ids=[*job.movie_ids, movie.pk] if movie else job.movie_ids,
            **{outcome: getattr(job, outcome) + 1},
        )


def _adopt_answer(imdb_id: str, answer: Answer) -> tuple[str, Movie | None]:
    """Return the column that counts the answer, and its film if there is one."""
    try:
        return _adopt(imdb_id, answer)
    except NotAFilm as other:
        log.info("fetch_skipped", imdb_id=imdb_id, kind=other.kind)
        return "skipped", None
    except (BadRecord, UpstreamError, IntegrityError, DataError) as error:
        # Messages of the database may contain the whole row.
        reason = type(error).__name__ if isinstance(error, IntegrityError | DataError) else str(error)
        log.warning("record_skipped", imdb_id=imdb_id, reason=reason)
        return "failed", None


def _adopt(imdb_id: str, answer: Answer) -> tuple[str, Movie]:
    if isinstance(answer, UpstreamError):
        raise answer
    if answer.get("imdbID") != imdb_id:
        raise BadRecord(f"{imdb_id}: OMDb answered with another film")
    began = timezone.now()
    before = Movie.objects.filter(owner=None, imdb_id=imdb_id).values_list("updated_at", flat=True).first()
    movie = adopt_row(answer)
    if before is None:
        return ("created" if movie.created_at >= began else "updated"), movie
    return ("unchanged" if movie.updated_at == before else "updated"), movie
