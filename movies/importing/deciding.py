"""What would become of each row, given what is in the library: the same question before and while it is applied."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils import timezone

from movies.importing.rows import day_or_time
from movies.library import history
from movies.models import LibraryImport, LibraryImportRow, Rating, Viewing, WatchlistItem

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome
Decision = tuple[LibraryImportRow.Outcome, str]

SAID_BEFORE = "Another line of the file says it already."


def moment_of(row: LibraryImportRow, name: str = "at") -> datetime | None:
    """When it was, a day standing for its noon; None where the row does not say."""
    if name not in row.said:
        return None
    at = day_or_time(row.said[name])
    return at if isinstance(at, datetime) else history.noon_of(at)


class Library:
    """What somebody has said of the films that some rows are about."""

    def __init__(self, job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
        user, films = job.user, {kind: {row.movie_id for row in rows if row.kind == kind} for kind in Kind}
        self.overwrite = job.overwrite
        self.ratings = {r.movie_id: r for r in Rating.objects.filter(user=user, movie__in=films[Kind.RATING])}
        items = WatchlistItem.objects.filter(user=user, movie__in=films[Kind.WATCHLIST])
        self.watchlist = {item.movie_id: item for item in items}
        self.viewings: dict[int, set[datetime]] = defaultdict(set)
        viewings = Viewing.objects.filter(user=user, movie__in=films[Kind.VIEWING])
        for movie, watched_at in viewings.values_list("movie_id", "watched_at"):
            self.viewings[movie].add(watched_at)

    def decide(self, row: LibraryImportRow) -> None:
        """Sets `outcome` and `message` of a row whose film is known, or is yet to be made (`movie_id` is None)."""
        row.outcome, row.message = self.out_of_range(row) or DECIDERS[Kind(row.kind)](self, row)

    @staticmethod
    def out_of_range(row: LibraryImportRow) -> Decision | None:
        moment = moment_of(row)
        if moment is None:
            return None
        if moment > timezone.now() + history.AHEAD:
            return Outcome.INVALID, "This is in the future."
        if moment < datetime.combine(history.FIRST_SCREENING, time(), UTC):
            return Outcome.INVALID, f"There were no films to see before {history.FIRST_SCREENING.year}."
        return None

    def about_rating(self, row: LibraryImportRow) -> Decision:
        there = self.ratings.get(row.movie_id or 0)
        if there is None:
            return Outcome.CREATE, ""
        said = row.said["rating"], row.said.get("review", there.review)
        what = f"You have rated it {there.rating} of 10."
        return self.differs(said != (there.rating, there.review), what)

    def about_watchlist(self, row: LibraryImportRow) -> Decision:
        there = self.watchlist.get(row.movie_id or 0)
        if there is None:
            return Outcome.CREATE, ""
        what = "It is one of your favourites." if there.is_favorite else "It is not one of your favourites."
        return self.differs(row.said.get("is_favorite", there.is_favorite) != there.is_favorite, what)

    def about_viewing(self, row: LibraryImportRow) -> Decision:
        there, at = self.viewings[row.movie_id or 0], day_or_time(row.said["at"])
        if row.said.get("sometime") and there:
            return Outcome.UNCHANGED, "You have seen it already."
        days = {timezone.localdate(moment) for moment in there}
        known = at in there if isinstance(at, datetime) else at in days
        return (Outcome.UNCHANGED, "") if known else (Outcome.CREATE, "")

    def differs(self, differs: bool, what: str) -> Decision:
        if not differs:
            return Outcome.UNCHANGED, ""
        return (Outcome.CHANGE if self.overwrite else Outcome.KEPT), what


DECIDERS: dict[LibraryImportRow.Kind, Callable[[Library, LibraryImportRow], Decision]] = {
    Kind.RATING: Library.about_rating,
    Kind.WATCHLIST: Library.about_watchlist,
    Kind.VIEWING: Library.about_viewing,
}


def key_of(kind: str, movie: Any, said: dict[str, Any]) -> tuple[Any, ...]:
    """What two rows have in common that say the same thing, be it in other words."""
    at: date | datetime | None = day_or_time(said["at"]) if kind == Kind.VIEWING else None
    return kind, movie, at
