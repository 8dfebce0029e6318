"""The step that fetches the posters that TMDB shows and we don't have."""

from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import chain

import structlog
from django.conf import settings

from catalog_sync.clients.errors import StoreFailed, UpstreamError
from catalog_sync.clients.images import ImageClient, UnusableImage
from catalog_sync.clients.parallel import FailureGuard, fetch_ahead
from catalog_sync.models import SyncLog
from catalog_sync.nightly.runs import OnPage, Plan, claim_run, ignore_progress, record_page, remaining_batches
from common.files import stores
from movies.posters.images import Poster
from movies.posters.store import StoreUnavailable
from movies.providers import posters
from movies.providers.due import films_due_for_posters
from movies.providers.posters import WantedPoster
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)

MakeImageClient = Callable[[], ImageClient]
Answer = tuple[WantedPoster, Poster | UpstreamError | None]


def sync_posters(
    make_client: MakeImageClient = ImageClient, on_page: OnPage = ignore_progress, films: Sequence[int] | None = None
) -> SyncLog:
    """Fetch the posters of the films that are due, at most TMDB_POSTERS_PER_NIGHT; or of `films` by key.

    Created: a film that had none. Updated: one that got another, or lost what TMDB removed. Fetched in parallel,
    stored one by one: a crash loses none of them. A store that fails ends the run. Return the finished run, also when
    it failed. Raises AlreadyRunning.
    """
    with claim_run(SyncLog.Entity.POSTERS, lambda _: Plan.of_films(_due_films() if films is None else films)) as run:
        if run.pages_done < run.pages_total:
            _fetch_posters(run, make_client(), on_page)
    return run


def record_failure(film: WantedPoster, error: UpstreamError) -> None:
    """Log that the poster could not be fetched, and record it for the next try."""
    log.warning("poster_not_fetched", film=film.movie, source=film.source, reason=str(error))
    posters.record_failure(film, str(error), for_good=isinstance(error, UnusableImage))


def _due_films() -> list[int]:
    return films_due_for_posters(settings.TMDB_POSTERS_PER_NIGHT)


def _fetch_posters(run: SyncLog, images: ImageClient, on_page: OnPage) -> None:
    def fetch(film: WantedPoster) -> Poster | None:
        return images.poster(film.source) if film.source else None

    batches = remaining_batches(run, posters.wanted_posters)
    guard = FailureGuard()
    with closing(fetch_ahead(images, fetch, chain.from_iterable(batches))) as answers:
        for batch in batches:
            _store_batch(run, [guard.check(next(answers)) for _ in batch])
            on_page(run)


def _store_batch(run: SyncLog, answers: Sequence[Answer]) -> None:
    """Store the posters and count them. Raises StoreFailed after counting those stored before the store failed."""
    counts, failed, failure = Counts(), 0, None
    for film, answer in answers:
        if isinstance(answer, UpstreamError):
            record_failure(film, answer)
            failed += 1
            continue
        try:
            counts += posters.store_poster(film, answer) if answer else posters.remove_poster(film)
        except StoreUnavailable as error:
            failure = StoreFailed(f"Posters can't be stored. {stores.sentence(_cause_of(error))}")
            break
    record_page(run, counts, failed)
    if failure:
        raise failure


def _cause_of(error: StoreUnavailable) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, Exception) else error
