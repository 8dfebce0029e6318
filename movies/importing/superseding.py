"""Several rows of one import about one film: which of them counts, as far as the films are known."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from movies.importing.rows import Kind, Row
from movies.models import LibraryImportRow

Outcome = LibraryImportRow.Outcome

ONCE = {Kind.RATING, Kind.WATCHLIST, Kind.FAVORITE}


def mark_superseded(rows: Sequence[Row]) -> list[Row]:
    """Return `rows` with all but one of the ratings (or watchlist items) of each film superseded.

    The one that counts is the one with the latest date, then the one furthest down: a diary rates a film at each
    viewing. It takes the latest review along, if it has none, and is a favourite if one of them is. A viewing whose day
    is not known gives way to others.
    """
    rows = _merge(rows, _choose(rows, lambda row: row.kind in ONCE, _rank))
    counting = _choose(rows, lambda row: row.kind in ONCE, _rank)
    seen = _choose(rows, lambda row: row.kind == Kind.VIEWING, _rank)
    return [_mark(row, counting if row.kind in ONCE else seen) for row in rows]


def outcome_of(row: Row) -> tuple[LibraryImportRow.Outcome, str]:
    """Return the outcome and message that reading, or the other rows of the film, can decide."""
    if row.problem:
        return Outcome.INVALID, row.problem
    if row.superseded_by is None:
        return Outcome.UNCHECKED, ""
    where = f"line {row.superseded_by}" + (f" of {row.superseded_in}" if row.superseded_in else "")
    if not row.is_merged:
        return Outcome.UNCHANGED, f"Replaced by {where}."
    what = "review" if row.kind == Kind.RATING else "mark as a favourite"
    return Outcome.UNCHANGED, f"Its {what} is taken with {where}."


def _choose(rows: Sequence[Row], counts: Callable[[Row], bool], rank: Callable[[Row], Any]) -> dict[Any, Row]:
    """Return the row of the highest rank for each film, the last one of several."""
    chosen: dict[Any, Row] = {}
    for row in rows:
        if not row.problem and counts(row):
            key = _film_key(row)
            if key not in chosen or rank(row) >= rank(chosen[key]):
                chosen[key] = row
    return chosen


def _rank(row: Row) -> tuple[bool, bool, str]:
    is_certain = "sometime" not in row.said if row.kind == Kind.VIEWING else "rating" in row.said
    return is_certain, row.is_current, row.said.get("at", "")


def _merge(rows: Sequence[Row], counting: dict[Any, Row]) -> list[Row]:
    """Return `rows` with what the row of each film that counts lacks, a review or a favourite's mark, moved to it."""
    merged: dict[int, Row] = {}
    for name in ("review", "is_favorite"):
        with_it = [row for row in rows if row.said.get(name)]
        holders = _choose(with_it, lambda row: row.kind in ONCE, lambda row: row.said.get("at", ""))
        for key, holder in holders.items():
            winner = counting[key]
            if not winner.said.get(name):
                # Without a day of its own, the winner is of the day of what it takes.
                day = {"at": holder.said["at"]} if "at" in holder.said else {}
                merged[id(winner)] = replace(winner, said=day | winner.said | {name: holder.said[name]})
                merged[id(holder)] = replace(holder, is_merged=True)
    return [merged.get(id(row), row) for row in rows]


def _mark(row: Row, winners: dict[Any, Row]) -> Row:
    is_fixed = row.problem or (row.kind == Kind.VIEWING and "sometime" not in row.said)
    winner = None if is_fixed else winners.get(_film_key(row))
    if winner is None or winner is row:
        return row
    return replace(row, superseded_by=winner.line, superseded_in=winner.file)


def _film_key(row: Row) -> Any:
    """Return a key that is equal for two rows about one film: ours, or what the file alone can tell."""
    if row.film is not None:
        return row.kind, row.film
    said = row.said
    for name in ("marquee_id", "imdb_id", "tmdb_id"):
        if name in said:
            return row.kind, name, said[name]
    return row.kind, said.get("title", "").casefold(), said.get("year")
