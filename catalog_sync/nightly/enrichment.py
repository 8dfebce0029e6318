"""The step that fetches the ratings of IMDb and Metacritic from OMDb, within its daily allowance."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog_sync import mapping
from catalog_sync.clients.errors import AllowanceSpent, NotFound, UpstreamError
from catalog_sync.clients.omdb import OMDbClient
from catalog_sync.clients.parallel import FailureGuard, fetch_ahead
from catalog_sync.mapping import BadRecord
from catalog_sync.models import SyncLog
from catalog_sync.nightly.records import log_failures, map_rows, write_records
from catalog_sync.nightly.runs import OnPage, Plan, claim_run, ignore_progress, record_page, remaining_batches
from movies.providers.due import films_due_for_ratings
from movies.providers.outside_ratings import RatingsRow, find_imdb_ids, mark_ratings_asked, store_ratings
from movies.providers.upsert import Counts

REFRESH_AFTER = timedelta(days=30)
MAX_PARALLEL = 4

MakeOMDbClient = Callable[[], OMDbClient]
Film = tuple[int, str]  # its key and its IMDb id
Answer = tuple[Film, dict[str, Any] | UpstreamError]


def make_nightly_client(on_retry: Callable[[str, float], None] | None = None) -> OMDbClient:
    """Return a client that leaves a tenth of the day's allowance to the look-ups of visitors."""
    return OMDbClient(reserve=settings.OMDB_DAILY_LIMIT // 10, on_retry=on_retry)


def enrich_movies(make_client: MakeOMDbClient = make_nightly_client, on_page: OnPage = ignore_progress) -> SyncLog:
    """Fetch OMDb's ratings of the films that are due, the most popular first.

    When the day's allowance is spent, the run is a success that ends early: the next night goes on.
    Return the finished run, also when it failed. Raises AlreadyRunning.
    """
    with claim_run(SyncLog.Entity.ENRICHMENT, lambda _: Plan.of_films(_due_films())) as run:
        if run.pages_done < run.pages_total:
            _fetch_ratings(run, make_client(), on_page)
    return run


def _due_films() -> list[int]:
    return films_due_for_ratings(timezone.now() - REFRESH_AFTER, settings.OMDB_DAILY_LIMIT)


def _fetch_ratings(run: SyncLog, omdb: OMDbClient, on_page: OnPage) -> None:
    batches = remaining_batches(run, lambda pks: list(find_imdb_ids(pks).items()))
    remaining = sum(map(len, batches))
    guard = FailureGuard()
    with closing(fetch_ahead(omdb, lambda film: omdb.by_id(film[1]), chain(*batches), MAX_PARALLEL)) as answers:
        for batch in batches:
            received: list[Answer] = [guard.check(next(answers)) for _ in batch]
            answered = [(film, answer) for film, answer in received if not isinstance(answer, AllowanceSpent)]
            remaining -= len(answered)
            is_spent = len(answered) < len(received)
            _store_batch(run, answered, left_over=remaining if is_spent else 0)
            on_page(run)
            if is_spent:
                run.pages_total = run.pages_done
                return


def _store_batch(run: SyncLog, answers: list[Answer], left_over: int) -> None:
    rows = [(imdb_id, answer) for (_, imdb_id), answer in answers if not isinstance(answer, UpstreamError)]
    unknown = sum(isinstance(answer, NotFound) for _, answer in answers)
    ratings, bad = map_rows(rows, _map_ratings)
    answered = [
        pk for (pk, _), answer in answers if not isinstance(answer, UpstreamError) or isinstance(answer, NotFound)
    ]
    with transaction.atomic():
        counts, refused = write_records(ratings, store_ratings)
        mark_ratings_asked(answered)
        failed = bad + refused + log_failures(answers)
        remarks = {"unknown_to_omdb": unknown, "left_for_tomorrow": left_over}
        record_page(run, counts + Counts(unchanged=unknown), failed, remarks=remarks)


def _map_ratings(answer: tuple[str, object]) -> RatingsRow:
    imdb_id, row = answer
    title = mapping.parse_omdb_title(row)
    if title.imdb_id != imdb_id:
        raise BadRecord(f"{imdb_id}: OMDb answered with {title.imdb_id}")
    if title.kind != "movie":
        raise BadRecord(f"{imdb_id}: of type {title.kind}, not a film")
    return mapping.map_omdb_ratings(title, settings.TMDB_REGION)
