"""What every step does with what came in: map it, write it, and count what could not be used."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog
from django.db import DataError, IntegrityError, transaction

from catalog_sync.mapping import BadRecord
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)
Facts = TypeVar("Facts")


def map_rows(rows: Iterable[Any], map_row: Callable[[Any], Facts]) -> tuple[list[Facts], int]:
    """The rows that make sense, and how many did not."""
    facts, failed = [], 0
    for row in rows:
        try:
            facts.append(map_row(row))
        except BadRecord as reason:
            failed += 1
            log.warning("record_skipped", reason=str(reason))
    return facts, failed


def write_records(facts: list[Facts], write: Callable[[Iterable[Facts]], Counts]) -> tuple[Counts, int]:
    """Write all at once or, when the database refuses that, one by one; returns how many were refused, too."""
    try:
        with transaction.atomic():
            return write(facts), 0
    except (IntegrityError, DataError) as error:
        if len(facts) == 1:
            log.warning("record_refused", fact=str(facts[0])[:200], error=type(error).__name__)
            return Counts(), 1
    outcomes = [write_records([fact], write) for fact in facts]
    return sum((counts for counts, _ in outcomes), Counts()), sum(refused for _, refused in outcomes)
