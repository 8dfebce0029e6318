"""Several rows of one import about one film: which of them counts, as far as the files alone can tell."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from movies.importing.rows import Kind, Row

ONCE = {Kind.RATING, Kind.WATCHLIST, Kind.FAVORITE}


def mark_superseded(rows: Sequence[Row]) -> list[Row]:
    """Return `rows` with all but one of the ratings (or watchlist items) of each film superseded.

    The one that counts is the one with the latest date, then the one furthest down: a diary rates a film at each
    viewing. It takes the latest review along, if it has none. A viewing whose day is not known gives way to others.
    """
    rows = _merge_reviews(rows, _choose(rows, lambda row: row.kind in ONCE, _rank))
    counting = _choose(rows, lambda row: row.kind in ONCE, _rank)
    seen = _choose(rows, lambda row: row.kind == Kind.VIEWING and "sometime" not in row.said, _rank)
    return [_mark(row, counting if row.kind in ONCE else seen) for row in rows]


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
    return "rating" in row.said, row.is_current, row.said.get("at", "")


def _merge_reviews(rows: Sequence[Row], counting: dict[Any, Row]) -> list[Row]:
    """Return `rows` with the latest review of each film moved to the rating that counts, if that has none."""
    reviews = _choose(rows, lambda row: bool(row.said.get("review")), lambda row: row.said.get("at", ""))
    merged: dict[int, Row] = {}
    for key, review in reviews.items():
        winner = counting[key]
        if "review" not in winner.said:
            merged[id(winner)] = replace(winner, said=winner.said | {"review": review.said["review"]})
            merged[id(review)] = replace(review, is_merged=True)
    return [merged.get(id(row), row) for row in rows]


def _mark(row: Row, winners: dict[Any, Row]) -> Row:
    is_fixed = row.problem or (row.kind == Kind.VIEWING and "sometime" not in row.said)
    winner = None if is_fixed else winners.get(_film_key(row))
    if winner is None or winner is row:
        return row
    return replace(row, superseded_by=winner.line, superseded_in=winner.file)


def _film_key(row: Row) -> Any:
    """Return a key that is equal for two rows about the same film, as far as the file alone can tell."""
    said = row.said
    for name in ("marquee_id", "imdb_id", "tmdb_id"):
        if name in said:
            return row.kind, name, said[name]
    return row.kind, said.get("title", "").casefold(), said.get("year")
