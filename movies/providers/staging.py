"""What the bulk writes share: facts go by COPY into a temporary table, from where set-based statements take them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field
from psycopg import sql

from movies.models import Genre, Movie, SyncState

# In the order of their ids, as every other bulk write, so that two of them never wait for each other in a circle.
LOCK = sql.SQL("SELECT m.id FROM {movie} m JOIN {staged} s USING ({key}) ORDER BY m.{key} FOR NO KEY UPDATE OF m")

CHANGE = sql.SQL("""
UPDATE {movie} m SET {changes}, updated_at = now() FROM {staged} s
WHERE m.{key} = s.{key} AND m.owner_id IS NULL AND NOT ({nothing_new})
RETURNING m.id
""")


@dataclass(frozen=True, slots=True)
class Staging:
    """A temporary table that exists once per connection and is empty after every commit.

    `key` names the column that tells which film is meant, `columns` those of Movie that the facts fill.
    """

    table: str
    key: str
    columns: tuple[str, ...]
    with_genres: bool = True

    def fill(self, rows: Iterable[Collection[Any]]) -> None:
        """`rows` in the order of `names`."""
        names = sql.SQL(", ").join([sql.Identifier(name) for name in self.names])
        genres = sql.SQL(", NULL::integer[] AS genre_tmdb_ids" if self.with_genres else "")
        create = sql.SQL(
            "CREATE TEMPORARY TABLE IF NOT EXISTS {staged} ON COMMIT DELETE ROWS AS "
            "SELECT {names} FROM {movie} WITH NO DATA"
        )
        columns = sql.SQL(", ").join([sql.Identifier(name) for name in (self.key, *self.columns)])
        with connection.cursor() as cursor:
            cursor.execute(compose(create.format(**self.fragments() | {"names": columns + genres})))
            cursor.execute(compose(sql.SQL("DELETE FROM {}").format(sql.Identifier(self.table))))
            with cursor.copy(compose(sql.SQL("COPY {} ({}) FROM STDIN").format(self._identifier, names))) as copy:
                for row in rows:
                    copy.write_row(list(row))

    def run(self, statement: sql.SQL) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(compose(statement.format(**self.fragments())))
            return cursor.fetchall() if cursor.description else []

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, *self.columns, *(["genre_tmdb_ids"] if self.with_genres else []))

    @property
    def _identifier(self) -> sql.Identifier:
        return sql.Identifier(self.table)

    def fragments(self) -> dict[str, sql.Composable]:
        """The parts of the statements that follow from the model."""
        defaults = {
            field.attname: field.get_default()
            for field in Movie._meta.concrete_fields
            if is_required(field) and field.attname not in {*self.columns, self.key, "created_at", "updated_at"}
        }
        each = [(sql.Identifier(name), sql.Literal(name)) for name in self.columns]
        return {
            "staged": self._identifier,
            "key": sql.Identifier(self.key),
            "movie": sql.Identifier(Movie._meta.db_table),
            "state": sql.Identifier(SyncState._meta.db_table),
            "genre": sql.Identifier(Genre._meta.db_table),
            "movie_genres": sql.Identifier(Movie.genres.through._meta.db_table),
            "columns": sql.SQL(", ").join(name for name, _ in each),
            "staged_columns": sql.SQL(", ").join(sql.SQL("s.{}").format(name) for name, _ in each),
            "other_columns": sql.SQL(", ").join([sql.Identifier(name) for name in defaults]),
            "other_values": sql.SQL(", ").join(map(sql.Literal, defaults.values())),
            "nothing_new": sql.SQL(" AND ").join(
                sql.SQL("({1} = ANY (m.locked_fields) OR m.{0} IS NOT DISTINCT FROM s.{0})").format(*pair)
                for pair in each
            ),
            "assignments": sql.SQL(", ").join(
                sql.SQL("{0} = CASE WHEN {1} = ANY (m.locked_fields) THEN m.{0} ELSE excluded.{0} END").format(*pair)
                for pair in each
            ),
            "changes": sql.SQL(", ").join(
                sql.SQL("{0} = CASE WHEN {1} = ANY (m.locked_fields) THEN m.{0} ELSE s.{0} END").format(*pair)
                for pair in each
            ),
        }


def is_required(field: "Field[Any, Any]") -> bool:
    """Whether a new row must name it."""
    return not (field.primary_key or field.generated or field.null)


def compose(statement: sql.Composable) -> str:
    """The statement as text, so that Django's query log can show it."""
    connection.ensure_connection()
    return statement.as_string(connection.connection)
