"""Matching of rows with films, for hundreds of rows at a time in a handful of queries.

In this order: a film of the same file, our own id together with the title, IMDb's id, TMDB's id, the title (folded as
the database folds it) with the year, the title with a year that is one off; then the same for other writings of the
title, original and alternative titles. The user's own films come before films of
the catalogue; private films of other users never match.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F

from accounts.models import User
from movies.models import FormerFilm, LibraryImport, LibraryImportRow
from movies.queries.films import visible_films
from movies.search.tokens import cut_titles
from movies.search.writings import key_lexeme, spell_signs, title_keys

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

NOT_FOUND = "No film has this title and year."
SEVERAL = "Several films have this title and year."

# One branch for each partial index. Films a year off match as well, and so do films without a year.
BY_TITLE = """
SELECT asked.place, film.id, film.year, film.owner_id, film.imdb_id, film.tmdb_id
FROM unnest(%(places)s::integer[], %(titles)s::text[], %(years)s::integer[]) AS asked (place, title, year)
CROSS JOIN LATERAL (
    SELECT id, year, owner_id, imdb_id, tmdb_id FROM movies_movie
    WHERE owner_id IS NULL AND NOT withdrawn AND sort_title = marquee_fold(asked.title)
    UNION ALL
    SELECT id, year, owner_id, imdb_id, tmdb_id FROM movies_movie
    WHERE owner_id = %(user)s AND sort_title = marquee_fold(asked.title)
) AS film
WHERE asked.year IS NULL OR film.year IS NULL OR abs(film.year - asked.year) <= 1
ORDER BY asked.place, film.id
"""

# Without a year an alternative title, which may be that of any film somewhere, does not count.
BY_OTHER_TITLE = """
SELECT asked.place, film.id, film.year, film.owner_id, film.imdb_id, film.tmdb_id
FROM unnest(%(places)s::integer[], %(titles)s::text[], %(lexemes)s::text[], %(years)s::integer[])
    AS asked (place, key, lexeme, year)
JOIN movies_movie AS film ON film.search_vector @@ asked.lexeme::tsquery
    AND (film.owner_id IS NULL AND NOT film.withdrawn OR film.owner_id = %(user)s)
    AND asked.key = ANY (marquee_keys(
        ARRAY[film.title, film.original_title]::text[]
        || CASE WHEN asked.year IS NULL THEN '{}' ELSE film.alternative_titles::text[] END
    ))
WHERE asked.year IS NULL OR film.year IS NULL OR abs(film.year - asked.year) <= 1
ORDER BY asked.place, film.id
"""


class Candidate(NamedTuple):
    pk: int
    year: int | None
    is_own: bool
    imdb_id: str | None
    tmdb_id: int | None


class FilmInFile(NamedTuple):
    """An own film that the same file contains; without `movie` until it is imported."""

    row: int
    line: int
    movie: int | None


def match_rows(user: User, rows: Sequence[LibraryImportRow], in_file: dict[int, FilmInFile]) -> None:
    """Set the `movie_id` of each row, or `outcome` and `message` where no film or several match.

    Nothing is set for a row about a film of the same file that is not imported yet.
    """
    missing = [row for row in rows if not match_in_file(row, in_file)]
    for find in (_find_by_our_id, partial(_find_by_provider_id, "imdb_id"), partial(_find_by_provider_id, "tmdb_id")):
        found = find(user, missing)
        for row in missing:
            row.movie_id = found.get(row.pk)
        missing = [row for row in missing if row.movie_id is None]
    found_by_title = _find_by_title(user, missing)
    unknown = [row for row, candidates in found_by_title.items() if not candidates]
    for row, candidates in (found_by_title | _find_by_other_titles(user, unknown)).items():
        _choose_film(row, candidates)


def match_in_file(row: LibraryImportRow, in_file: dict[int, FilmInFile]) -> bool:
    """Return whether the row is about a film of the same file, and set its `movie_id` if that is imported."""
    film = in_file.get(row.said.get("marquee_id", 0))
    if film is not None:
        row.movie_id = film.movie
    return film is not None


def films_in_file(job: LibraryImport) -> dict[int, FilmInFile]:
    """Return the own films of the file by their id in the file."""
    rows = job.rows.filter(kind=Kind.FILM, said__has_key="marquee_id").exclude(outcome=Outcome.INVALID)
    values = rows.values_list("said__marquee_id", "pk", "line", "movie_id")
    return {marquee_id: FilmInFile(*where) for marquee_id, *where in values}


def _find_by_our_id(user: User, rows: Iterable[LibraryImportRow]) -> dict[int, int]:
    """Find films by our own id; title and year must match too, as ids of another Marquee differ."""
    ids = {row.pk: row.said["marquee_id"] for row in rows if "marquee_id" in row.said}
    if not ids:
        return {}
    films = visible_films(user).filter(pk__in=set(ids.values())).values_list("pk", "title", "year")
    known = {pk: (title, year) for pk, title, year in films}
    return {
        row.pk: ids[row.pk]
        for row in rows
        if row.pk in ids and known.get(ids[row.pk]) == (row.said.get("title"), row.said.get("year"))
    }


def _find_by_provider_id(name: str, user: User, rows: Iterable[LibraryImportRow]) -> dict[int, int]:
    """Find films by the id `name`; own films come before the catalogue's, among own films the oldest counts."""
    ids = {row.pk: row.said[name] for row in rows if name in row.said}
    if not ids:
        return {}
    films = visible_films(user).filter(**{f"{name}__in": set(ids.values())})
    known: dict[Any, int] = {}
    for pk, value in films.order_by(F("owner_id").asc(nulls_last=True), "pk").values_list("pk", name):
        known.setdefault(value, pk)
    if name == "tmdb_id":
        # TMDB deletes ids; the film has another one now.
        former = FormerFilm.objects.filter(tmdb_id__in=set(ids.values()) - known.keys(), movie__withdrawn=False)
        known |= dict(former.values_list("tmdb_id", "movie"))
    return {pk: known[value] for pk, value in ids.items() if value in known}


def _find_by_title(user: User, rows: Sequence[LibraryImportRow]) -> dict[LibraryImportRow, list[Candidate]]:
    """Find, for each row, the films with its title or original title, at most a year off."""
    return _fetch_candidates(user, rows, BY_TITLE, _titles_of(rows))


def _find_by_other_titles(user: User, rows: Sequence[LibraryImportRow]) -> dict[LibraryImportRow, list[Candidate]]:
    """Find, for each row, the films with another writing of its title, or with it as original or alternative title."""
    titles = _titles_of(rows)
    spelt = {title: spell_signs(title) for _, title, _ in titles}
    tokens = cut_titles(list({*spelt, *spelt.values()})) if titles else {}
    asked = [
        (place, key, year)
        for place, title, year in titles
        if tokens[title]
        for key in title_keys(tokens[title], tokens[spelt[title]], has_year=year is not None)
    ]
    return _fetch_candidates(user, rows, BY_OTHER_TITLE, asked)


def _titles_of(rows: Sequence[LibraryImportRow]) -> list[tuple[int, str, int | None]]:
    """Return (place of the row, title, year) of every title and original title."""
    return [
        (place, title, row.said.get("year"))
        for place, row in enumerate(rows)
        for title in {row.said.get("title"), row.said.get("original_title")} - {None}
    ]


def _fetch_candidates(
    user: User, rows: Sequence[LibraryImportRow], statement: str, asked: Sequence[tuple[int, str, int | None]]
) -> dict[LibraryImportRow, list[Candidate]]:
    """Return the films of each row that `statement` finds by its titles, or by keys of them."""
    found: dict[int, dict[int, Candidate]] = defaultdict(dict)
    if asked:
        places, titles, years = (list(column) for column in zip(*asked, strict=True))
        lexemes = [key_lexeme(title) for title in titles]
        parameters: dict[str, Any] = {
            "places": places,
            "titles": titles,
            "lexemes": lexemes,
            "years": years,
            "user": user.pk,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            for place, pk, year, owner, imdb_id, tmdb_id in cursor.fetchall():
                found[place][pk] = Candidate(pk, year, owner is not None, imdb_id, tmdb_id)
    return {row: list(found[place].values()) for place, row in enumerate(rows)}


def _choose_film(row: LibraryImportRow, candidates: list[Candidate]) -> None:
    """Match the row with the only candidate that fits best, or set its outcome.

    A film with another IMDb or TMDB id than the row's is another film, whatever its title.
    """
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
        if said.get("year") and best[0].year and not exact:
            row.note = f"{row.note} A year off: our film is of {best[0].year}.".strip()
    elif best:
        row.outcome, row.message = Outcome.AMBIGUOUS, SEVERAL
    else:
        row.outcome, row.message = Outcome.UNMATCHED, NOT_FOUND
