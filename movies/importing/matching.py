"""Which film a row means, for hundreds of rows at a time in a handful of queries.

What tells most comes first: a film of the same file, our own id together with the title, IMDb's id, TMDB's id, the
title (folded as the database folds it) with the year, the title with a year that is one off. Somebody's own film comes
before a film of the catalogue. Nobody else's private film is ever seen here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F

from accounts.models import User
from movies.models import LibraryImport, LibraryImportRow
from movies.queries.films import visible_films

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

NOT_FOUND = "No film here has this title and year."
SEVERAL = "Several films here have this title and year."

# One branch for each partial index; a film a year off counts as well, and one whose year nobody knows does.
BY_TITLE = """
SELECT wanted.place, film.id, film.year, film.owner_id, film.imdb_id, film.tmdb_id
FROM unnest(%(places)s::integer[], %(titles)s::text[], %(years)s::integer[]) AS wanted (place, title, year)
CROSS JOIN LATERAL (
    SELECT id, year, owner_id, imdb_id, tmdb_id FROM movies_movie
    WHERE owner_id IS NULL AND sort_title = marquee_fold(wanted.title)
    UNION ALL
    SELECT id, year, owner_id, imdb_id, tmdb_id FROM movies_movie
    WHERE owner_id = %(user)s AND sort_title = marquee_fold(wanted.title)
) AS film
WHERE wanted.year IS NULL OR film.year IS NULL OR abs(film.year - wanted.year) <= 1
ORDER BY wanted.place, film.id
"""


class Candidate(NamedTuple):
    pk: int
    year: int | None
    is_own: bool
    imdb_id: str | None
    tmdb_id: int | None


class InFile(NamedTuple):
    """An own film that the same file holds; without `movie` until it is brought in."""

    row: int
    line: int
    movie: int | None


def match(user: User, rows: Sequence[LibraryImportRow], in_file: dict[int, InFile]) -> None:
    """Gives each row its `movie_id`, or says why not in `outcome` and `message`.

    A row about a film that this file is yet to bring in gets neither.
    """
    missing = [row for row in rows if not of_this_file(row, in_file)]
    for find in (by_our_id, by_outer_id("imdb_id"), by_outer_id("tmdb_id")):
        found = find(user, missing)
        for row in missing:
            row.movie_id = found.get(row.pk)
        missing = [row for row in missing if row.movie_id is None]
    for row, candidates in by_title(user, missing).items():
        choose(row, candidates)


def of_this_file(row: LibraryImportRow, in_file: dict[int, InFile]) -> bool:
    film = in_file.get(row.said.get("marquee_id", 0))
    if film is not None:
        row.movie_id = film.movie
    return film is not None


def films_of_file(job: LibraryImport) -> dict[int, InFile]:
    """By the id that each has in the file."""
    rows = job.rows.filter(kind=Kind.FILM, said__has_key="marquee_id").exclude(outcome=Outcome.INVALID)
    values = rows.values_list("said__marquee_id", "pk", "line", "movie_id")
    return {marquee_id: InFile(*where) for marquee_id, *where in values}


def by_our_id(user: User, rows: Iterable[LibraryImportRow]) -> dict[int, int]:
    """Another Marquee has other films under the same ids, so the title and the year have to agree."""
    wanted = {row.pk: row.said["marquee_id"] for row in rows if "marquee_id" in row.said}
    if not wanted:
        return {}
    films = visible_films(user).filter(pk__in=set(wanted.values())).values_list("pk", "title", "year")
    known = {pk: (title, year) for pk, title, year in films}
    return {
        row.pk: wanted[row.pk]
        for row in rows
        if row.pk in wanted and known.get(wanted[row.pk]) == (row.said.get("title"), row.said.get("year"))
    }


def by_outer_id(name: str) -> Callable[[User, Iterable[LibraryImportRow]], dict[int, int]]:
    def find(user: User, rows: Iterable[LibraryImportRow]) -> dict[int, int]:
        wanted = {row.pk: row.said[name] for row in rows if name in row.said}
        if not wanted:
            return {}
        films = visible_films(user).filter(**{f"{name}__in": set(wanted.values())})
        # The catalogue's film last; of several own films with one id the oldest counts.
        known: dict[Any, int] = {}
        for pk, value in films.order_by(F("owner_id").asc(nulls_last=True), "pk").values_list("pk", name):
            known.setdefault(value, pk)
        return {pk: known[value] for pk, value in wanted.items() if value in known}

    return find


def by_title(user: User, rows: Sequence[LibraryImportRow]) -> dict[LibraryImportRow, list[Candidate]]:
    """For each row the films with its title or its original title, at most a year off."""
    wanted = [
        (place, title, row.said.get("year"))
        for place, row in enumerate(rows)
        for title in {row.said.get("title"), row.said.get("original_title")} - {None}
    ]
    found: dict[int, dict[int, Candidate]] = defaultdict(dict)
    if wanted:
        places, titles, years = (list(column) for column in zip(*wanted, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(BY_TITLE, {"places": places, "titles": titles, "years": years, "user": user.pk})
            for place, pk, year, owner, imdb_id, tmdb_id in cursor.fetchall():
                found[place][pk] = Candidate(pk, year, owner is not None, imdb_id, tmdb_id)
    return {row: list(found[place].values()) for place, row in enumerate(rows)}


def choose(row: LibraryImportRow, candidates: list[Candidate]) -> None:
    """A film with another IMDb or TMDB id than the row's is another film, whatever its title."""
    said = row.said
    fitting = [
        film
        for film in candidates
        if film.imdb_id in {None, said.get("imdb_id", film.imdb_id)}
        and film.tmdb_id in {None, said.get("tmdb_id", film.tmdb_id)}
    ]
    exact = [film for film in fitting if film.year == said.get("year")]
    best = exact or fitting
    best = [film for film in best if film.is_own] or best
    if len(best) == 1:
        row.movie_id = best[0].pk
    elif best:
        row.outcome, row.message = Outcome.AMBIGUOUS, SEVERAL
    else:
        row.outcome, row.message = Outcome.UNMATCHED, NOT_FOUND
