"""Writing what a provider says of single films in full; `upsert` does the same for the rows of its lists."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields

from django.db import transaction
from psycopg import sql

from movies.models import Movie
from movies.providers.staging import CHANGE, LOCK, Staging
from movies.providers.upsert import MERGE_GENRES, Counts, MovieFacts, touch
from movies.search.vocabulary import learn


@dataclass(frozen=True, slots=True)
class DetailFacts(MovieFacts):
    """All that TMDB says of one film, already checked and in our units. Empty or None: it does not know."""

    tagline: str = ""
    runtime: int | None = None
    certification: str = ""
    age_restriction: int | None = None
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    trailer: str = ""
    imdb_id: str | None = None


COLUMNS = tuple(field.name for field in fields(DetailFacts) if field.name not in {"tmdb_id", "genre_tmdb_ids"})
STAGED = Staging("staged_details", "tmdb_id", COLUMNS)

# What TMDB does not know it does not take away: the demo, OMDb or a manager may have known it. The age goes with
# its certification. An IMDb id that belongs to another film stays there; `twins` has tried to make them one before.
KEEP_WHAT_IS_KNOWN = sql.SQL("""
UPDATE {staged} s SET
    tagline = coalesce(nullif(s.tagline, ''), m.tagline),
    runtime = coalesce(s.runtime, m.runtime),
    certification = CASE WHEN s.certification = '' THEN m.certification ELSE s.certification END,
    age_restriction = CASE WHEN s.certification = '' OR 'certification' = ANY (m.locked_fields)
        THEN m.age_restriction ELSE s.age_restriction END,
    directors = CASE WHEN s.directors = '{{}}' THEN m.directors ELSE s.directors END,
    "cast" = CASE WHEN s."cast" = '{{}}' THEN m."cast" ELSE s."cast" END,
    trailer = coalesce(nullif(s.trailer, ''), m.trailer),
    imdb_id = CASE
        WHEN s.imdb_id IS NULL
            OR EXISTS (SELECT FROM {movie} o WHERE o.imdb_id = s.imdb_id AND o.owner_id IS NULL AND o.id <> m.id)
            OR EXISTS (SELECT FROM {staged} o WHERE o.imdb_id = s.imdb_id AND o.tmdb_id < s.tmdb_id)
        THEN m.imdb_id ELSE s.imdb_id END
FROM {movie} m WHERE m.tmdb_id = s.tmdb_id
""")

REMEMBER = sql.SQL("""
INSERT INTO {state} AS known (movie_id, details_synced_at, details_wanted)
SELECT m.id, now(), false FROM {movie} m JOIN {staged} s USING ({key})
ON CONFLICT (movie_id) DO UPDATE
SET details_synced_at = now(), details_wanted = false, tmdb_vanished_at = NULL, texts_dropped_at = NULL
""")


@transaction.atomic
def store_details(facts: Iterable[DetailFacts]) -> Counts:
    """Update catalogue films by `tmdb_id`, all or none; locked fields and films that stay the same are not written.

    Films that we do not have, or no more, count as unchanged. Raises IntegrityError or DataError for a film that
    breaks a rule of the table.
    """
    films = {film.tmdb_id: film for film in facts}
    if not films:
        return Counts()
    STAGED.fill(in_columns(film) for film in films.values())
    STAGED.run(LOCK)
    STAGED.run(KEEP_WHAT_IS_KNOWN)
    written = {pk for (pk,) in STAGED.run(CHANGE)}
    regenred = {pk for (pk,) in STAGED.run(MERGE_GENRES)}
    touch(regenred - written)
    STAGED.run(REMEMBER)
    if written:
        transaction.on_commit(lambda: learn(written))
    updated = len(written | regenred)
    return Counts(updated=updated, unchanged=len(films) - updated)


def in_columns(film: DetailFacts) -> Collection[object]:
    values = asdict(film)
    # COPY knows arrays as lists.
    lists = {name: list(values[name]) for name in ("directors", "cast", "genre_tmdb_ids")}
    return [(values | lists)[name] for name in STAGED.names]


def tmdb_ids(pks: Collection[int]) -> list[int]:
    """Of those films that are still there, in the order of `pks`."""
    known = dict(Movie.objects.filter(pk__in=pks, owner=None).values_list("pk", "tmdb_id"))
    return [tmdb_id for pk in pks if (tmdb_id := known.get(pk))]
