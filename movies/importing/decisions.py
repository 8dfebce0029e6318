"""The outcome of each row, given the user's library; decided by the dry run and again while applying."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from movies.importing.rows import day_or_time, to_moment
from movies.library import history
from movies.models import LibraryImport, LibraryImportRow, Rating, Viewing, WatchlistItem

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome
Decision = tuple[LibraryImportRow.Outcome, str]


def moment_of(row: LibraryImportRow, name: str = "at") -> datetime | None:
    """Return the time of the row, for a day its noon; None where the row has none."""
    if name not in row.said:
        return None
    return to_moment(row.said[name])


def replaced_moment(row: LibraryImportRow) -> datetime | None:
    """Return the time of the viewing in the library that the row replaces, if it does."""
    return moment_of(row, "replaces")


class Library:
    """The user's ratings, watchlist items and viewings of the films of some rows."""

    def __init__(self, job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
        user, films = job.user, {kind: {row.movie_id for row in rows if row.kind == kind} for kind in Kind}
        self.overwrite = job.overwrite
        self.ratings = {r.movie_id: r for r in Rating.objects.filter(user=user, movie__in=films[Kind.RATING])}
        listed = films[Kind.WATCHLIST] | films[Kind.FAVORITE]
        items = WatchlistItem.objects.filter(user=user, movie__in=listed)
        self.watchlist = {item.movie_id: item for item in items}
        self.viewings: dict[int, set[datetime]] = defaultdict(set)
        self.days: dict[int, set[date]] = defaultdict(set)  # of the viewings, in the cinema's time zone
        viewings = Viewing.objects.filter(user=user, movie__in=films[Kind.VIEWING])
        for movie, watched_at in viewings.values_list("movie_id", "watched_at"):
            self.viewings[movie].add(watched_at)
            self.days[movie].add(timezone.localdate(watched_at))

    def decide(self, row: LibraryImportRow) -> None:
        """Set `outcome` and `message` of a row whose film is known or yet to be created (`movie_id` is None)."""
        deciders = {
            Kind.RATING: self._decide_rating,
            Kind.WATCHLIST: self._decide_watchlist,
            Kind.FAVORITE: self._decide_favorite,
            Kind.VIEWING: self._decide_viewing,
        }
        row.outcome, row.message = _check_moment(row) or deciders[Kind(row.kind)](row)

    def _decide_rating(self, row: LibraryImportRow) -> Decision:
        current = self.ratings.get(row.movie_id or 0)
        if current is None:
            return Outcome.CREATE, ""
        yours = f"You rated it {current.rating} out of 10." if current.rating else "You reviewed it without a rating."
        differences = _differences(row, current)
        filled = [] if self.overwrite else list(self.find_rating_changes(row))
        if not filled:
            return self._decide_existing(bool(differences), yours)
        stays = {"rating": f" Your rating of {current.rating} out of 10 stays.", "review": " Your review stays."}
        kept = "".join(stays[name] for name in differences if name not in filled)
        return Outcome.CHANGE, f"Adds the {filled[0]}.{kept}"

    def find_rating_changes(self, row: LibraryImportRow) -> dict[str, Any]:
        """Return the values that the row changes in the rating of its film: only empty ones, unless `overwrite`."""
        current = self.ratings[row.movie_id or 0]
        differences = _differences(row, current)
        return {name: differences[name] for name in differences if self.overwrite or not getattr(current, name)}

    def _decide_favorite(self, row: LibraryImportRow) -> Decision:
        current = self.watchlist.get(row.movie_id or 0)
        if current is None:
            return Outcome.CREATE, "Goes on your watchlist as a favourite."
        return (Outcome.UNCHANGED, "") if current.is_favorite else (Outcome.CHANGE, "Becomes a favourite.")

    def _decide_watchlist(self, row: LibraryImportRow) -> Decision:
        current = self.watchlist.get(row.movie_id or 0)
        if current is None:
            return Outcome.CREATE, ""
        differs = row.said.get("is_favorite", current.is_favorite) != current.is_favorite
        message = "It is one of your favourites." if current.is_favorite else "It is not one of your favourites."
        return self._decide_existing(differs, message)

    def _decide_viewing(self, row: LibraryImportRow) -> Decision:
        film, at = row.movie_id or 0, day_or_time(row.said["at"])
        moments = self.viewings[film]
        if row.said.get("sometime") and moments:
            return Outcome.UNCHANGED, "You have seen it already."
        if at in moments if isinstance(at, datetime) else at in self.days[film]:
            return Outcome.UNCHANGED, ""
        replaced = replaced_moment(row)
        if replaced in moments:
            day = timezone.localdate(replaced)
            return Outcome.CHANGE, f"Replaces your viewing of {day.day} {day:%B %Y}, whose day was not known."
        return Outcome.CREATE, ""

    def _decide_existing(self, differs: bool, current: str) -> Decision:
        """Decide a row about something in the library, which `current` describes."""
        if not differs:
            return Outcome.UNCHANGED, ""
        return (Outcome.CHANGE if self.overwrite else Outcome.KEPT), current


def _differences(row: LibraryImportRow, current: Rating) -> dict[str, Any]:
    """Return what the row says of rating and review that differs from the library."""
    said = {name: row.said[name] for name in ("rating", "review") if name in row.said}
    return {name: value for name, value in said.items() if value != getattr(current, name)}


def _check_moment(row: LibraryImportRow) -> Decision | None:
    moment = moment_of(row)
    fault = history.find_fault(moment) if moment else ""
    return (Outcome.INVALID, fault) if fault else None
