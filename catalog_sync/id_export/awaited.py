"""The films that wait for their details: from the id export, until a night has asked TMDB about them."""

from collections.abc import Collection, Mapping

from django.db import connection
from django.db.models import Exists, OuterRef

from catalog_sync.models import AwaitedFilm
from movies.models import FormerFilm, Movie
from movies.providers.upsert import Counts

# Films that the catalogue has, ids under which one was before, and rows that would not change are left out.
ADD = f"""
INSERT INTO {AwaitedFilm._meta.db_table} AS awaited (tmdb_id, popularity)
SELECT tmdb_id, popularity FROM unnest(%s::integer[], %s::float8[]) AS listed (tmdb_id, popularity)
WHERE NOT EXISTS (SELECT FROM {Movie._meta.db_table} film WHERE film.tmdb_id = listed.tmdb_id)
  AND NOT EXISTS (SELECT FROM {FormerFilm._meta.db_table} former WHERE former.tmdb_id = listed.tmdb_id)
  AND NOT EXISTS (
    SELECT FROM {AwaitedFilm._meta.db_table} same
    WHERE same.tmdb_id = listed.tmdb_id AND same.popularity = listed.popularity
  )
ORDER BY tmdb_id
ON CONFLICT (tmdb_id) DO UPDATE SET popularity = excluded.popularity
RETURNING old.tmdb_id IS NULL
"""  # noqa: S608  names of our tables


def add(films: Mapping[int, float]) -> Counts:
    """Let the films, {TMDB id: popularity}, wait; those that wait already get the new popularity."""
    with connection.cursor() as cursor:
        cursor.execute(ADD, [list(films), list(films.values())])
        written = [is_new for (is_new,) in cursor.fetchall()]
    created = sum(written)
    return Counts(created, len(written) - created, len(films) - len(written))


def most_popular(limit: int) -> list[int]:
    """Return the TMDB ids of the films to fetch next; those that the catalogue has by now wait no longer."""
    AwaitedFilm.objects.filter(_is_in_catalogue()).delete()
    return list(AwaitedFilm.objects.order_by("-popularity", "tmdb_id").values_list("tmdb_id", flat=True)[:limit])


def among(tmdb_ids: Collection[int]) -> set[int]:
    """Return those of the films that wait and that the catalogue does not have."""
    waiting = AwaitedFilm.objects.filter(~_is_in_catalogue(), tmdb_id__in=tmdb_ids)
    return set(waiting.values_list("tmdb_id", flat=True))


def forget(tmdb_ids: Collection[int]) -> None:
    """Let the films wait no longer: TMDB has answered, or a cinema does not show them."""
    if tmdb_ids:
        AwaitedFilm.objects.filter(tmdb_id__in=tmdb_ids).delete()


def count() -> int:
    return AwaitedFilm.objects.count()


def _is_in_catalogue() -> Exists:
    return Exists(Movie.objects.filter(tmdb_id=OuterRef("tmdb_id")))
