"""Bulk writes of what a provider says about films: staged by COPY, then merged by three set-based statements.

A row that would not change is not written at all: the next night costs reads only, and indexes, caches and
`updated_at` stay as they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date

from django.db import transaction
from django.db.models.functions import Now
from psycopg import sql

from movies.models import Movie
from movies.providers.staging import Staging
from movies.search.vocabulary import learn


@dataclass(frozen=True, slots=True)
class MovieFacts:
    """What one row of a TMDB list says of a film, already checked and in our units."""

    tmdb_id: int
    title: str
    original_title: str
    original_language: str
    overview: str
    release_date: date | None
    year: int | None
    popularity: float
    vote_average: float | None
    vote_count: int
    poster_source: str
    backdrop_source: str
    genre_tmdb_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged)


# The columns that a provider fills, in the order of MovieFacts; `genre_tmdb_ids` goes to the join table.
COLUMNS = tuple(field.name for field in fields(MovieFacts) if field.name not in {"tmdb_id", "genre_tmdb_ids"})

STAGED = Staging("staged_movie", "tmdb_id", COLUMNS)

# A film that we have from elsewhere (the demo, a manager, OMDb) under the same title and year is that film,
# unless two on either side share them. Only sure matches are adopted; everything else becomes a film of its own.
ADOPT = sql.SQL("""
WITH candidate AS (
    SELECT m.id, s.tmdb_id,
           count(*) OVER (PARTITION BY m.id) AS staged, count(*) OVER (PARTITION BY s.tmdb_id) AS held
    FROM {staged} s
    JOIN {movie} m ON m.sort_title = marquee_fold(s.title) AND m.year = s.year
    WHERE m.owner_id IS NULL AND m.tmdb_id IS NULL
      AND NOT EXISTS (SELECT FROM {movie} known WHERE known.tmdb_id = s.tmdb_id)
)
UPDATE {movie} m SET tmdb_id = c.tmdb_id, updated_at = now()
FROM candidate c WHERE m.id = c.id AND c.staged = 1 AND c.held = 1
RETURNING m.id
""")

MERGE = sql.SQL("""
INSERT INTO {movie} AS m (tmdb_id, {columns}, created_at, updated_at, {other_columns})
SELECT s.tmdb_id, {staged_columns}, now(), now(), {other_values}
FROM {staged} s
WHERE NOT EXISTS (SELECT FROM {movie} m WHERE m.tmdb_id = s.tmdb_id AND {nothing_new})
ORDER BY s.tmdb_id -- two merges at once lock the same rows in the same order
ON CONFLICT (tmdb_id) DO UPDATE SET {assignments}, updated_at = now()
RETURNING new.id, old.id IS NULL
""")

MERGE_GENRES = sql.SQL("""
WITH film AS (
    SELECT m.id, s.genre_tmdb_ids FROM {staged} s JOIN {movie} m USING (tmdb_id)
    WHERE NOT 'genres' = ANY (m.locked_fields)
      AND ARRAY(SELECT g.id FROM {genre} g WHERE g.tmdb_id = ANY (s.genre_tmdb_ids) ORDER BY g.id)
          <> ARRAY(SELECT held.genre_id FROM {movie_genres} held WHERE held.movie_id = m.id ORDER BY held.genre_id)
    ORDER BY m.tmdb_id
    FOR NO KEY UPDATE OF m -- waits for a manager who is just writing, and then sees what they locked
), wanted AS (
    SELECT film.id AS movie_id, g.id AS genre_id FROM film JOIN {genre} g ON g.tmdb_id = ANY (film.genre_tmdb_ids)
), removed AS (
    DELETE FROM {movie_genres} held USING film
    WHERE held.movie_id = film.id AND (held.movie_id, held.genre_id) NOT IN (SELECT movie_id, genre_id FROM wanted)
    RETURNING held.movie_id
), added AS (
    INSERT INTO {movie_genres} (movie_id, genre_id) SELECT movie_id, genre_id FROM wanted
    ON CONFLICT DO NOTHING
    RETURNING movie_id
)
SELECT movie_id FROM removed UNION SELECT movie_id FROM added
""")


@transaction.atomic
def upsert_movies(facts: Iterable[MovieFacts]) -> Counts:
    """Create or update catalogue films by `tmdb_id`, all or none; fields that a manager locked stay as they are.

    A film that occurs twice is taken as it was said last, the other occurrence counts as unchanged.
    Genres that we do not know are left out. Raises IntegrityError or DataError for a film that breaks a rule
    of the table.
    """
    said = list(facts)
    films = {film.tmdb_id: film for film in said}
    if not films:
        return Counts()
    stage(list(films.values()))
    adopted = {pk for (pk,) in STAGED.run(ADOPT)}
    written = dict(STAGED.run(MERGE))
    regenred = {pk for (pk,) in STAGED.run(MERGE_GENRES)}
    created = {pk for pk, is_new in written.items() if is_new}
    updated = (written.keys() | adopted | regenred) - created
    touch(regenred - written.keys())
    if written:
        transaction.on_commit(lambda: learn(written))
    return Counts(len(created), len(updated), len(said) - len(created) - len(updated))


def stage(films: Sequence[MovieFacts]) -> None:
    STAGED.fill((*astuple(film)[:-1], list(film.genre_tmdb_ids)) for film in films)


def touch(pks: Iterable[int]) -> None:
    """A film whose genres changed has changed, although its own row was not written."""
    Movie.objects.filter(pk__in=pks).update(updated_at=Now())
