"""Writing what OMDb adds to catalogue films: the ratings of IMDb and Metacritic."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from psycopg import sql

from movies.models import Movie, SyncState
from movies.providers.staging import LOCK_FILMS, UPDATE_CHANGED_FILMS, Staging
from movies.providers.upsert import Counts


@dataclass(frozen=True, slots=True)
class RatingsRow:
    """OMDb's ratings of one film, checked and in our units. Empty or None: not known."""

    imdb_id: str
    imdb_rating: Decimal | None = None
    imdb_votes: int | None = None
    metascore: int | None = None
    runtime: int | None = None
    certification: str = ""
    age_restriction: int | None = None


COLUMNS = tuple(field.name for field in fields(RatingsRow) if field.name != "imdb_id")
STAGED = Staging("staged_ratings", "imdb_id", COLUMNS, with_genres=False)

# OMDb's ratings replace ours, but runtime and certification of TMDB or a manager come before OMDb's.
KEEP_KNOWN_VALUES = sql.SQL("""
UPDATE {staged} s SET
    imdb_rating = coalesce(s.imdb_rating, m.imdb_rating),
    imdb_votes = coalesce(s.imdb_votes, m.imdb_votes),
    metascore = coalesce(s.metascore, m.metascore),
    runtime = coalesce(m.runtime, s.runtime),
    certification = coalesce(nullif(m.certification, ''), s.certification),
    age_restriction = CASE WHEN m.certification = '' AND NOT 'certification' = ANY (m.locked_fields)
        THEN coalesce(m.age_restriction, s.age_restriction) ELSE m.age_restriction END
FROM {movie} m WHERE m.imdb_id = s.imdb_id AND m.owner_id IS NULL
""")


@transaction.atomic
def store_ratings(rows: Iterable[RatingsRow]) -> Counts:
    """Update catalogue films by `imdb_id`, all or none. Locked fields stay; unchanged films are not written.

    Raises IntegrityError or DataError for values that break a constraint of the table.
    """
    films = {row.imdb_id: row for row in rows}
    if not films:
        return Counts()
    STAGED.fill([asdict(film)[name] for name in STAGED.names] for film in films.values())
    STAGED.run(LOCK_FILMS)
    STAGED.run(KEEP_KNOWN_VALUES)
    updated = len(STAGED.run(UPDATE_CHANGED_FILMS))
    return Counts(updated=updated, unchanged=len(films) - updated)


def mark_ratings_asked(pks: Collection[int]) -> None:
    """Record that OMDb was asked about these films just now, whatever it answered."""
    present = Movie.objects.filter(pk__in=pks).values_list("pk", flat=True)
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in present], ignore_conflicts=True)
    SyncState.objects.filter(movie__in=pks).update(omdb_synced_at=Now())


def find_imdb_ids(pks: Collection[int]) -> dict[int, str]:
    """Return the IMDb ids of those catalogue films that still exist, by key."""
    films = Movie.objects.filter(pk__in=pks, owner=None, imdb_id__isnull=False)
    return {pk: imdb_id for pk, imdb_id in films.values_list("pk", F("imdb_id")) if imdb_id}
