"""Writing the full details of films from TMDB; `upsert` does the same for the rows of its lists."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields

from django.db import transaction
from psycopg import sql

from movies.models import Movie
from movies.providers.staging import LOCK_FILMS, UPDATE_CHANGED_FILMS, UPDATE_FILMS_OF_SAME_WORDS, Staging
from movies.providers.upsert import MERGE_GENRES, TEXTS, Counts, MovieRow, mark_updated
from movies.search.vocabulary import learn_words


@dataclass(frozen=True, slots=True)
class DetailsRow(MovieRow):
    """TMDB's details of one film, checked and in our units. Empty or None: not known.

    With a `region`, its releases there are known: without a `region_date` there is none.
    """

    tagline: str = ""
    runtime: int | None = None
    certification: str = ""
    age_restriction: int | None = None
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    alternative_titles: tuple[str, ...] = ()
    trailer: str = ""
    imdb_id: str | None = None


COLUMNS = tuple(field.name for field in fields(DetailsRow) if field.name not in {"tmdb_id", "genre_tmdb_ids", "adult"})
STAGED = Staging("staged_details", "tmdb_id", COLUMNS, (*TEXTS, "tagline", "trailer"))

# A value that TMDB does not have does not delete ours, which may come from the demo, OMDb or a manager; but the date of
# the region is TMDB's alone. The age goes with its certification. An IMDb id that another film has stays there;
# `duplicates` has tried to merge the two before.
KEEP_KNOWN_VALUES = sql.SQL("""
UPDATE {staged} s SET {kept_texts},
    release_date = coalesce(s.release_date, m.release_date),
    year = coalesce(s.year, m.year),
    runtime = coalesce(s.runtime, m.runtime),
    certification = CASE WHEN s.certification = '' THEN m.certification ELSE s.certification END,
    age_restriction = CASE WHEN s.certification = '' OR 'certification' = ANY (m.locked_fields)
        THEN m.age_restriction ELSE s.age_restriction END,
    directors = coalesce(nullif(s.directors, ARRAY[]::varchar[]), m.directors),
    "cast" = coalesce(nullif(s."cast", ARRAY[]::varchar[]), m."cast"),
    alternative_titles = coalesce(nullif(s.alternative_titles, ARRAY[]::varchar[]), m.alternative_titles),
    region_date = CASE WHEN s.region = '' THEN m.region_date ELSE s.region_date END,
    region = CASE WHEN s.region = '' THEN m.region WHEN s.region_date IS NULL THEN '' ELSE s.region END,
    imdb_id = CASE
        WHEN s.imdb_id IS NULL
            OR EXISTS (SELECT FROM {movie} o WHERE o.imdb_id = s.imdb_id AND o.owner_id IS NULL AND o.id <> m.id)
            OR EXISTS (SELECT FROM {staged} o WHERE o.imdb_id = s.imdb_id AND o.tmdb_id < s.tmdb_id)
        THEN m.imdb_id ELSE s.imdb_id END
FROM {movie} m WHERE m.tmdb_id = s.tmdb_id
""")

RECORD_SYNC = sql.SQL("""
INSERT INTO {state} AS known (movie_id, details_synced_at, details_wanted)
SELECT m.id, now(), false FROM {movie} m JOIN {staged} s USING ({key})
ON CONFLICT (movie_id) DO UPDATE
SET details_synced_at = now(), details_wanted = false, tmdb_vanished_at = NULL, tmdb_asked_at = NULL,
    texts_dropped_at = NULL
""")


@transaction.atomic
def store_details(rows: Iterable[DetailsRow]) -> Counts:
    """Update catalogue films by `tmdb_id`, all or none. Locked fields stay; unchanged films are not written.

    Films that the catalogue does not have count as unchanged. Raises IntegrityError or DataError for a film that
    breaks a constraint of the table.
    """
    films = {row.tmdb_id: row for row in rows}
    if not films:
        return Counts()
    STAGED.fill(_as_columns(film) for film in films.values())
    STAGED.run(LOCK_FILMS)
    STAGED.run(KEEP_KNOWN_VALUES)
    changed = {pk for step in (UPDATE_FILMS_OF_SAME_WORDS, UPDATE_CHANGED_FILMS) for (pk,) in STAGED.run(step)}
    with_other_genres = {pk for (pk,) in STAGED.run(MERGE_GENRES)}
    mark_updated(with_other_genres - changed)
    STAGED.run(RECORD_SYNC)
    if changed:
        transaction.on_commit(learn_words)
    updated = len(changed | with_other_genres)
    return Counts(updated=updated, unchanged=len(films) - updated)


def find_tmdb_ids(pks: Collection[int]) -> list[int]:
    """Return the TMDB ids of those catalogue films that still exist, in the order of `pks`."""
    tmdb_ids = dict(Movie.objects.filter(pk__in=pks, owner=None).values_list("pk", "tmdb_id"))
    return [tmdb_id for pk in pks if (tmdb_id := tmdb_ids.get(pk))]


def _as_columns(film: DetailsRow) -> Collection[object]:
    values = asdict(film)
    # COPY writes a list as an array.
    lists = {name: list(values[name]) for name in ("directors", "cast", "alternative_titles", "genre_tmdb_ids")}
    return [(values | lists)[name] for name in STAGED.names]
