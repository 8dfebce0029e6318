"""Bulk writes of the rows of TMDB's lists: staged by COPY, then merged by four set-based statements.

A row that would not change is not written: the next night costs reads only, and indexes, caches and `updated_at` stay
as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

from django.db import transaction
from django.db.models.functions import Now
from psycopg import sql

from movies.models import Movie
from movies.providers.staging import LOCK_FILMS, UPDATE_FILMS_OF_SAME_WORDS, Staging
from movies.search.vocabulary import learn_words


@dataclass(frozen=True, slots=True)
class MovieRow:
    """One row of a TMDB list, checked and in our units. Empty or None: not known.

    Without a `title` it has an `original_title`, by which a new film is called. With a `region`, it is of a list of
    releases there: the row's date is `region_date`, the film's own is not known.
    """

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
    region: str = ""
    region_date: date | None = None
    adult: bool | None = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows a write created, updated and left as they were."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged)


# The columns that TMDB fills; `genre_tmdb_ids` goes to the join table, and `adult` is for `providers.adult`.
COLUMNS = tuple(field.name for field in fields(MovieRow) if field.name not in {"tmdb_id", "genre_tmdb_ids", "adult"})

# An empty text does not delete ours, which may come from the demo, OMDb or a manager. Pictures are TMDB's alone: where
# it removes one, ours goes too.
TEXTS = ("title", "original_title", "original_language", "overview")
STAGED = Staging("staged_movie", "tmdb_id", COLUMNS, TEXTS)

# TMDB's lists have deleted ids for a while. The film of such an id goes on under another one.
LEAVE_OUT_FORMER_IDS = sql.SQL("""
DELETE FROM {staged} s USING {former} f JOIN {movie} m ON m.id = f.movie_id
WHERE f.tmdb_id = s.tmdb_id AND m.tmdb_id IS DISTINCT FROM s.tmdb_id
  AND NOT EXISTS (SELECT FROM {movie} other WHERE other.tmdb_id = s.tmdb_id)
""")

# A film from elsewhere (the demo, a manager, OMDb) with the same title and year counts as the same film, unless two
# films on either side share them. Only sure matches are adopted; every other row becomes a new film.
ADOPT = sql.SQL("""
WITH candidate AS (
    SELECT m.id, s.tmdb_id,
           count(*) OVER (PARTITION BY m.id) AS staged, count(*) OVER (PARTITION BY s.tmdb_id) AS ours
    FROM {staged} s
    JOIN {movie} m ON m.sort_title = marquee_fold(coalesce(nullif(s.title, ''), s.original_title)) AND m.year = s.year
    WHERE m.owner_id IS NULL AND m.tmdb_id IS NULL
      AND NOT EXISTS (SELECT FROM {movie} known WHERE known.tmdb_id = s.tmdb_id)
)
UPDATE {movie} m SET tmdb_id = c.tmdb_id, updated_at = now()
FROM candidate c WHERE m.id = c.id AND c.staged = 1 AND c.ours = 1
RETURNING m.id
""")

# A list of releases knows a region's date only, and every other list the film's own. A date that TMDB does not have
# leaves ours too. The details know all dates of the region, of which ours is the latest; so a list changes it for a
# later one only.
KEEP_KNOWN_VALUES = sql.SQL("""
UPDATE {staged} s SET {kept_texts},
    release_date = coalesce(s.release_date, m.release_date),
    year = coalesce(s.year, m.year),
    region_date = CASE WHEN s.region = m.region THEN greatest(s.region_date, m.region_date)
        ELSE coalesce(s.region_date, m.region_date) END,
    region = CASE WHEN s.region_date IS NULL THEN m.region ELSE s.region END
FROM {movie} m WHERE m.tmdb_id = s.tmdb_id
""")
COMPLETE_NEW_FILMS = sql.SQL("""
UPDATE {staged} SET
    title = coalesce(nullif(title, ''), original_title),
    region = CASE WHEN region_date IS NULL THEN '' ELSE region END
WHERE title = '' OR region_date IS NULL
""")

MERGE = sql.SQL("""
INSERT INTO {movie} AS m (tmdb_id, {columns}, created_at, updated_at, {other_columns})
SELECT s.tmdb_id, {staged_columns}, now(), now(), {other_values}
FROM {staged} s
WHERE NOT EXISTS (SELECT FROM {movie} m WHERE m.tmdb_id = s.tmdb_id AND {nothing_new})
ORDER BY s.tmdb_id -- concurrent merges lock the same rows in the same order
ON CONFLICT (tmdb_id) DO UPDATE SET {assignments}, updated_at = now()
RETURNING new.id, old.id IS NULL
""")

MERGE_GENRES = sql.SQL("""
WITH film AS (
    SELECT m.id, s.genre_tmdb_ids FROM {staged} s JOIN {movie} m USING (tmdb_id)
    WHERE NOT 'genres' = ANY (m.locked_fields)
      AND EXISTS (SELECT FROM {genre} g WHERE g.tmdb_id = ANY (s.genre_tmdb_ids)) -- else none is known: ours stay
      AND ARRAY(SELECT g.id FROM {genre} g WHERE g.tmdb_id = ANY (s.genre_tmdb_ids) ORDER BY g.id)
          <> ARRAY(SELECT ours.genre_id FROM {movie_genres} ours WHERE ours.movie_id = m.id ORDER BY ours.genre_id)
    ORDER BY m.tmdb_id
    FOR NO KEY UPDATE OF m -- waits for a manager's transaction, and then sees the fields that it locked
), wanted AS (
    SELECT film.id AS movie_id, g.id AS genre_id FROM film JOIN {genre} g ON g.tmdb_id = ANY (film.genre_tmdb_ids)
), removed AS (
    DELETE FROM {movie_genres} ours USING film
    WHERE ours.movie_id = film.id AND (ours.movie_id, ours.genre_id) NOT IN (SELECT movie_id, genre_id FROM wanted)
    RETURNING ours.movie_id
), added AS (
    INSERT INTO {movie_genres} (movie_id, genre_id) SELECT movie_id, genre_id FROM wanted
    ON CONFLICT DO NOTHING
    RETURNING movie_id
)
SELECT movie_id FROM removed UNION SELECT movie_id FROM added
""")


@transaction.atomic
def upsert_movies(rows: Iterable[MovieRow]) -> Counts:
    """Create or update catalogue films by `tmdb_id`, all or none. Fields that a manager locked stay as they are.

    Of two rows of one film the last one is taken, and the other counts as unchanged. Unknown genres are left out,
    and a value that a row does not have leaves ours. Ids under which a film was before create none.
    Raises IntegrityError or DataError for a film that breaks a constraint of the table.
    """
    rows = list(rows)
    films = {row.tmdb_id: row for row in rows}
    if not films:
        return Counts()
    STAGED.fill(
        [list(value) if isinstance(value := getattr(film, name), tuple) else value for name in STAGED.names]
        for film in films.values()
    )
    STAGED.run(LEAVE_OUT_FORMER_IDS)
    adopted = {pk for (pk,) in STAGED.run(ADOPT)}
    STAGED.run(LOCK_FILMS)
    STAGED.run(KEEP_KNOWN_VALUES)
    STAGED.run(COMPLETE_NEW_FILMS)
    written = dict.fromkeys((pk for (pk,) in STAGED.run(UPDATE_FILMS_OF_SAME_WORDS)), False) | dict(STAGED.run(MERGE))
    with_other_genres = {pk for (pk,) in STAGED.run(MERGE_GENRES)}
    created = {pk for pk, is_new in written.items() if is_new}
    updated = (written.keys() | adopted | with_other_genres) - created
    mark_updated(with_other_genres - written.keys())
    if written:
        transaction.on_commit(learn_words)
    return Counts(len(created), len(updated), len(rows) - len(created) - len(updated))


def mark_updated(pks: Iterable[int]) -> None:
    """Renew `updated_at` of films whose genres changed, although their own rows were not written."""
    Movie.objects.filter(pk__in=pks).update(updated_at=Now())
