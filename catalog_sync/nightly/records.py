"""Records of a provider: map its rows, write what fits, and count what could not be used."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog
from django.db import DataError, IntegrityError, transaction

from catalog_sync.clients.errors import NotFound, UpstreamError
from catalog_sync.mapping import BadRecord
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)
Record = TypeVar("Record")


def map_rows(rows: Iterable[Any], map_row: Callable[[Any], Record]) -> tuple[list[Record], int]:
    """Return the records of the usable rows, and how many rows are not usable."""
    records, failed = [], 0
    for row in rows:
        try:
            records.append(map_row(row))
        except BadRecord as reason:
            failed += 1
            log.warning("record_skipped", reason=str(reason))
    return records, failed


def write_records(records: list[Record], write: Callable[[Iterable[Record]], Counts]) -> tuple[Counts, int]:
    """Write all records at once or, if the database refuses that, one by one; return how many were refused, too."""
    try:
        with transaction.atomic():
            return write(records), 0
    except (IntegrityError, DataError) as error:
        if len(records) == 1:
            log.warning("record_refused", fact=str(records[0])[:200], error=type(error).__name__)
            return Counts(), 1
    outcomes = [write_records([record], write) for record in records]
    return sum((counts for counts, _ in outcomes), Counts()), sum(refused for _, refused in outcomes)


def log_failures(answers: Iterable[tuple[object, object]]) -> int:
    """Log the records that could not be fetched, except those that the provider does not have; return their number."""
    failures = [
        (key, answer)
        for key, answer in answers
        if isinstance(answer, UpstreamError) and not isinstance(answer, NotFound)
    ]
    for key, error in failures:
        log.warning("record_not_fetched", key=key, reason=str(error))
    return len(failures)
