"""What a worker does for a fetch job: page by page of the search, then film by film, each saved before the next.

One call at a time: a cancelled job makes none but the one that is under way, and a dead worker loses one at most.
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
from catalog_sync.fetch_jobs.claims import check, claimed, record
from catalog_sync.mapping import BadRecord
from catalog_sync.models import FetchJob
from catalog_sync.realtime import job_events
from common.advisory_locks import ClaimLost
from movies.models import Movie

log = structlog.get_logger(__name__)

PER_PAGE = 10
Answer = dict[str, Any] | UpstreamError


class JobOMDbClient(OMDbClient):
    """Asks `permit` before every attempt; it raises what ends the asking."""

    def __init__(self, permit: Callable[[], None], **options: Any) -> None:
        # A tenth of the day's allowance stays for what visitors look up, as the nights leave it.
        super().__init__(reserve=settings.OMDB_DAILY_LIMIT // 10, **options)
        self._ask_first = permit

    def _acquire_permit(self) -> None:
        self._ask_first()
        super()._acquire_permit()


def carry_out(pk: int) -> None:
    """Bring the job with this key to its end, from where it is; nothing to do if it is over or in good hands."""
    with claimed(pk) as job:
        if job:
            try:
                omdb = JobOMDbClient(partial(check, job))
                search(job, omdb)
                fetch(job, omdb)
            except ClaimLost:
                schedule_completion(job.movie_ids)
                raise


def search(job: FetchJob, omdb: OMDbClient) -> None:
    while not job.searched:
        store_page(job, omdb.search(job.search_term, job.year, job.pages_done + 1))
        job_events.progress(job)


def store_page(job: FetchJob, page: SearchPage) -> None:
    """Add the films of a page to what is to do, each once: OMDb is seen to repeat rows on later pages."""
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
    record(
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


def fetch(job: FetchJob, omdb: OMDbClient) -> None:
    guard = FailureGuard()
    while job.pending:
        imdb_id = job.pending[0]
        _, answer = guard.check((imdb_id, asked(omdb, imdb_id)))
        store_film(job, imdb_id, answer)
        job_events.progress(job)


def asked(omdb: OMDbClient, imdb_id: str) -> Answer:
    """The film's row, or why there is none; what concerns more than this one film is raised."""
    try:
        return omdb.by_id(imdb_id)
    except Refused as refusal:
        return refusal


def store_film(job: FetchJob, imdb_id: str, answer: Answer) -> None:
    """The film and the progress in one transaction, so that neither can be without the other."""
    with transaction.atomic():
        outcome, movie = outcome_of(imdb_id, answer)
        record(
            job,
            pending=job.pending[1:],
            progress=job.progress + 1,
            movie_ids=[*job.movie_ids, movie.pk] if movie else job.movie_ids,
            **{outcome: getattr(job, outcome) + 1},
        )


def outcome_of(imdb_id: str, answer: Answer) -> tuple[str, Movie | None]:
    """The column that counts it, and the film that came of it."""
    try:
        return stored(imdb_id, answer)
    except NotAFilm as other:
        log.info("fetch_skipped", imdb_id=imdb_id, kind=other.kind)
        return "skipped", None
    except (BadRecord, UpstreamError, IntegrityError, DataError) as error:
        # What the database says may hold the whole row.
        reason = type(error).__name__ if isinstance(error, IntegrityError | DataError) else str(error)
        log.warning("record_skipped", imdb_id=imdb_id, reason=reason)
        return "failed", None


def stored(imdb_id: str, answer: Answer) -> tuple[str, Movie]:
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
