"""The step that asks OMDb for the ratings of IMDb and Metacritic, as far as its daily allowance goes."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
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
from catalog_sync.nightly.details import log_failures, remaining_batches
from catalog_sync.nightly.lists import OnPage, ignore
from catalog_sync.nightly.records import map_rows, write_records
from catalog_sync.nightly.runs import Plan, claimed, record_page
from movies.providers.due import films_due_for_ratings
from movies.providers.outside_ratings import RatingsRow, find_imdb_ids, mark_ratings_asked, store_ratings
from movies.providers.upsert import Counts

ASK_AGAIN_AFTER = timedelta(days=30)
MAX_PARALLEL = 4

ConnectOMDb = Callable[[], OMDbClient]
Asked = tuple[int, str]  # a film's key and its IMDb id
Answer = tuple[Asked, dict[str, Any] | UpstreamError]


def make_nightly_client(on_retry: Callable[[str, float], None] | None = None) -> OMDbClient:
    """A tenth of the day's allowance stays for what visitors look up."""
    return OMDbClient(reserve=settings.OMDB_DAILY_LIMIT // 10, on_retry=on_retry)


def enrich_movies(connect: ConnectOMDb = make_nightly_client, on_page: OnPage = ignore) -> SyncLog:
    """Bring in OMDb's ratings of the films that are due, the most popular first.

    When the day's allowance is spent, the run is a success that ends early: the next night goes on.
    Returns the finished run, also when it failed. Raises AlreadyRunning.
    """
    with claimed(SyncLog.Entity.ENRICHMENT, lambda _: Plan.of_films(due_films())) as run:
        if run.pages_done < run.pages_total:
            fetch_ratings(run, connect(), on_page)
    return run


def due_films() -> list[int]:
    return films_due_for_ratings(timezone.now() - ASK_AGAIN_AFTER, settings.OMDB_DAILY_LIMIT)


def fetch_ratings(run: SyncLog, omdb: OMDbClient, on_page: OnPage) -> None:
    wanted = remaining_batches(run, lambda pks: list(find_imdb_ids(pks).items()))
    left = sum(map(len, wanted))
    guard = FailureGuard()
    films = (film for batch in wanted for film in batch)
    with closing(fetch_ahead(omdb, lambda film: omdb.by_id(film[1]), films, MAX_PARALLEL)) as answers:
        for batch in wanted:
            came: list[Answer] = [guard.check(next(answers)) for _ in batch]
            told = [(film, answer) for film, answer in came if not isinstance(answer, AllowanceSpent)]
            left -= len(told)
            spent = len(told) < len(came)
            store_batch(run, told, left if spent else 0)
            on_page(run)
            if spent:
                run.pages_total = run.pages_done
                return


def store_batch(run: SyncLog, answers: list[Answer], left: int) -> None:
    rows = [(imdb_id, answer) for (_, imdb_id), answer in answers if not isinstance(answer, UpstreamError)]
    unknown = sum(isinstance(answer, NotFound) for _, answer in answers)
    facts, bad = map_rows(rows, _map_ratings)
    asked = [pk for (pk, _), answer in answers if not isinstance(answer, UpstreamError) or isinstance(answer, NotFound)]
    with transaction.atomic():
        counts, refused = write_records(facts, store_ratings)
        mark_ratings_asked(asked)
        failed = bad + refused + log_failures(answers)
        remarks = {"unknown_to_omdb": unknown, "left_for_tomorrow": left}
        record_page(run, counts + Counts(unchanged=unknown), failed, remarks=remarks)


def _map_ratings(asked: tuple[str, object]) -> RatingsRow:
    imdb_id, row = asked
    title = mapping.parse_omdb_title(row)
    if title.imdb_id != imdb_id:
        raise BadRecord(f"{imdb_id}: OMDb answered with {title.imdb_id}")
    if title.kind != "movie":
        raise BadRecord(f"{imdb_id}: of type {title.kind}, not a film")
    return mapping.map_omdb_ratings(title, settings.TMDB_REGION)
