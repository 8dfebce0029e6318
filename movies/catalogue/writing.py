"""One statement for the new values of many films, whichever fields differ in each."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg import sql

from movies.models import Movie

# Django's bulk_update writes a condition for each value, over which a worker and the database think ten times as long.
WRITE = sql.SQL("""
UPDATE {movie} AS movie SET {columns}, updated_at = %s
FROM jsonb_populate_recordset(NULL::{movie}, %s) AS edited WHERE movie.id = edited.id
""")
Edit = tuple[dict[str, Any], set[str]]  # new values, `genres` as a set of ids, and all fields that are locked


def write_edits(rows: Mapping[int, Movie], edits: Mapping[int, Edit]) -> None:
    """Write the edits, by id, of films that the caller has locked; `rows` become what is stored then.

    A column that another of the films changes is written as it was read. Raises IntegrityError.
    """
    changed: list[int] = []
    for pk, (new, locks) in edits.items():
        row = rows[pk]
        if new or locks != set(row.locked_fields):
            changed.append(pk)
        for name, value in new.items():
            if name != "genres":
                setattr(row, name, value)
        row.locked_fields = sorted(locks)
    if not changed:
        return
    _write_genres({pk: edits[pk][0]["genres"] for pk in changed if "genres" in edits[pk][0]})
    names = sorted({"locked_fields", *(name for pk in changed for name in edits[pk][0] if name != "genres")})
    columns = sql.SQL(", ").join(sql.SQL("{0} = edited.{0}").format(sql.Identifier(name)) for name in names)
    films = [{"id": pk, **{name: getattr(rows[pk], name) for name in names}} for pk in changed]
    now = timezone.now()
    with connection.cursor() as cursor:
        statement = WRITE.format(movie=sql.Identifier(Movie._meta.db_table), columns=columns)
        cursor.execute(statement.as_string(connection.connection), [now, json.dumps(films, default=str)])
    for pk in changed:
        rows[pk].updated_at = now


def _write_genres(genres: Mapping[int, frozenset[int]]) -> None:
    """Replace the genres of these films."""
    link = Movie.genres.through
    link.objects.filter(movie_id__in=genres).delete()
    link.objects.bulk_create(link(movie_id=pk, genre_id=genre) for pk, ids in genres.items() for genre in sorted(ids))
