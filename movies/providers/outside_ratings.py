"""Writing what OMDb says of films that we have: the ratings of IMDb and Metacritic."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from psycopg import sql

from movies.models import Movie, SyncState
from movies.providers.staging import CHANGE, LOCK, Staging
from movies.providers.upsert import Counts


@dataclass(frozen=True, slots=True)
class RatingFacts:
    """Already checked and in our units. Empty or None: OMDb does not know."""

    imdb_id: str
    imdb_rating: Decimal | None = None
    imdb_votes: int | None = None
    metascore: int | None = None
    runtime: int | None = None
    certification: str = ""
    age_restriction: int | None = None


COLUMNS = tuple(field.name for field in fields(RatingFacts) if field.name != "imdb_id")
STAGED = Staging("staged_ratings", "imdb_id", COLUMNS, with_genres=False)

# OMDb has the last word on figures; TMDB, or a manager, on what the film is.
KEEP_WHAT_IS_KNOWN = sql.SQL("""
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
def store_ratings(facts: Iterable[RatingFacts]) -> Counts:
    """Update catalogue films by `imdb_id`, all or none; locked fields and films that stay the same are not written.

    Raises IntegrityError or DataError for figures that break a rule of the table.
    """
    films = {film.imdb_id: film for film in facts}
    if not films:
        return Counts()
    STAGED.fill([asdict(film)[name] for name in STAGED.names] for film in films.values())
    STAGED.run(LOCK)
    STAGED.run(KEEP_WHAT_IS_KNOWN)
    updated = len(STAGED.run(CHANGE))
    return Counts(updated=updated, unchanged=len(films) - updated)


def remember_asked(pks: Collection[int]) -> None:
    """OMDb was asked about these films, whatever it said: others come first now."""
    present = Movie.objects.filter(pk__in=pks).values_list("pk", flat=True)
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in present], ignore_conflicts=True)
    SyncState.objects.filter(movie__in=pks).update(omdb_synced_at=Now())


def imdb_ids(pks: Collection[int]) -> dict[int, str]:
    """By key, of those films that are still there."""
    held = Movie.objects.filter(pk__in=pks, owner=None, imdb_id__isnull=False)
    return {pk: imdb_id for pk, imdb_id in held.values_list("pk", F("imdb_id")) if imdb_id}
