"""The step that fetches TMDB's details of the films that are due."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog_sync import mapping
from catalog_sync.clients.errors import NotFound, UpstreamError
from catalog_sync.clients.parallel import FailureGuard, fetch_ahead
from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.id_export import awaited
from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import MakeClient
from catalog_sync.nightly.records import log_failures, map_rows, write_records
from catalog_sync.nightly.runs import OnPage, Plan, claim_run, ignore_progress, record_page, remaining_batches
from catalog_sync.nightly.successors import successors_of
from movies.catalogue.certifications import is_unknown
from movies.providers import duplicates, upkeep
from movies.providers.adult import flag_films
from movies.providers.details import DetailsRow, find_tmdb_ids, store_details
from movies.providers.due import films_due_for_details
from movies.providers.upsert import Counts, upsert_movies

Answers = Sequence[tuple[int, dict[str, Any] | UpstreamError]]


def sync_details(
    make_client: MakeClient = TMDBClient, on_page: OnPage = ignore_progress, films: Sequence[int] | None = None
) -> SyncLog:
    """Fetch the details of the films that are due, at most TMDB_DETAILS_PER_NIGHT; or of `films` by key.

    Then come the films of the id export that the catalogue does not have, at most TMDB_NEW_PER_NIGHT.
    Fetched in parallel, stored in batches, each in one transaction with the progress of the run. A film that TMDB no
    longer has stays: under the id under which TMDB files its IMDb id now, or marked as vanished. Return the finished
    run, also when it failed. Raises AlreadyRunning.
    """
    with claim_run(SyncLog.Entity.DETAILS, lambda _: Plan.of_films(_plan(films))) as run:
        if run.pages_done < run.pages_total:
            tmdb, guard = make_client(), FailureGuard()
            batches = remaining_batches(run, list)
            with closing(fetch_ahead(tmdb, tmdb.details, chain.from_iterable(batches))) as answers:
                for batch in batches:
                    _store_batch(run, tmdb, [guard.check(next(answers)) for _ in batch])
                    on_page(run)
        upkeep.drop_expired_texts()
    return run


def _plan(films: Sequence[int] | None) -> list[int]:
    """Return the TMDB ids to ask about: of `films`, or else of those whose turn it is."""
    if films is not None:
        return find_tmdb_ids(films)
    older_than = timezone.now() - timedelta(days=settings.TMDB_DETAILS_DAYS)
    due = find_tmdb_ids(films_due_for_details(older_than, settings.TMDB_DETAILS_PER_NIGHT))
    return due + awaited.most_popular(settings.TMDB_NEW_PER_NIGHT)


def _store_batch(run: SyncLog, tmdb: TMDBClient, answers: Answers) -> None:
    missing = [tmdb_id for tmdb_id, answer in answers if isinstance(answer, NotFound)]
    successors = successors_of(tmdb, missing)
    rows = [answer for _, answer in answers if not isinstance(answer, UpstreamError)] + list(successors.values())
    details, bad = map_rows(rows, partial(mapping.map_details, region=settings.TMDB_REGION))
    vanished_ids = [tmdb_id for tmdb_id in missing if tmdb_id not in successors]
    with transaction.atomic():
        for deleted_id, row in successors.items():
            duplicates.continue_under(deleted_id, row["id"])
        known, new = _create_awaited_films(details)
        duplicate = duplicates.merge_duplicates({film.tmdb_id: film.imdb_id for film in details if film.imdb_id})
        counts, refused = write_records(known, store_details)
        write_records(new.films, store_details)
        adopted = duplicates.adopt_new_films([film.tmdb_id for film in details])
        flag_films({film.tmdb_id: film.adult for film in details})
        vanished = upkeep.mark_vanished(vanished_ids)
        awaited.forget([tmdb_id for tmdb_id, answer in answers if not _is_failure(answer)])
        counts += new.counts + Counts(updated=vanished, unchanged=len(vanished_ids) - vanished)
        failed = bad + refused + new.refused + log_failures(answers)
        remarks = {
            "vanished": vanished,
            "under_another_id": len(successors),
            "adult": sum(bool(film.adult) for film in details),
            "unknown_certifications": sum(is_unknown(film.certification, film.age_restriction) for film in details),
            "twins_merged": duplicate.merged + adopted,
            "twins_left_apart": duplicate.left_apart,
        }
        record_page(run, counts, failed, remarks=remarks)


class _New(NamedTuple):
    films: list[DetailsRow]
    counts: Counts
    refused: int


def _create_awaited_films(details: Sequence[DetailsRow]) -> tuple[list[DetailsRow], _New]:
    """Create the films that the id export brings in; return the other ones, and these with their counts.

    As from a list, none is created that TMDB flags as adult.
    """
    waiting = awaited.among([film.tmdb_id for film in details])
    known = [film for film in details if film.tmdb_id not in waiting]
    new = [film for film in details if film.tmdb_id in waiting and not film.adult]
    counts, refused = write_records(new, upsert_movies)
    adult = Counts(unchanged=len(details) - len(known) - len(new))
    return known, _New(new, counts + adult, refused)


def _is_failure(answer: dict[str, Any] | UpstreamError) -> bool:
    return isinstance(answer, UpstreamError) and not isinstance(answer, NotFound)
