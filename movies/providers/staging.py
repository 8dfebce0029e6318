"""Staging of bulk writes: COPY fills a temporary table, and set-based statements read from it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field
from psycopg import sql

from movies.models import FormerFilm, Genre, Movie, SyncState

# In the order of their ids, as in every other bulk write, so that two of them cannot deadlock.
LOCK_FILMS = sql.SQL("SELECT m.id FROM {movie} m JOIN {staged} s USING ({key}) ORDER BY m.{key} FOR NO KEY UPDATE OF m")

# First the films whose words stay, without the columns that these are made of: with them in the statement, PostgreSQL
# computes the words anew, which takes as long as everything else.
UPDATE_FILMS_OF_SAME_WORDS = sql.SQL("""
UPDATE {movie} m SET {other_changes}, updated_at = now() FROM {staged} s
WHERE m.{key} = s.{key} AND m.owner_id IS NULL AND {same_words} AND NOT ({nothing_new})
RETURNING m.id
""")
UPDATE_CHANGED_FILMS = sql.SQL("""
UPDATE {movie} m SET {changes}, updated_at = now() FROM {staged} s
WHERE m.{key} = s.{key} AND m.owner_id IS NULL AND NOT ({nothing_new})
RETURNING m.id
""")
GENRE_IDS = sql.SQL("ARRAY(SELECT g.id FROM {} g WHERE g.tmdb_id = ANY (s.genre_tmdb_ids) ORDER BY g.id)").format(
    sql.Identifier(Genre._meta.db_table)
)
# The columns that generated ones are made of, but for sums of ratings, which no provider writes.
GENERATED: list[Any] = [Movie._meta.get_field(name) for name in ("search_vector", "sort_title")]
MADE_OF = {source.name for field in GENERATED for source in field.expression.get_source_expressions()}


@dataclass(frozen=True, slots=True)
class Staging:
    """A temporary table, created once per connection and empty after every commit.

    `key` names the column that identifies a film, `columns` the columns of Movie that the provider rows fill, and
    `texts` those whose value stays where a row has an empty one.
    """

    table: str
    key: str
    columns: tuple[str, ...]
    texts: tuple[str, ...] = ()
    with_genres: bool = True

    def fill(self, rows: Iterable[Collection[Any]]) -> None:
        """Replace the content of the table with `rows`, whose values are in the order of `names`."""
        names = sql.SQL(", ").join([sql.Identifier(name) for name in self.names])
        genres = sql.SQL(", NULL::integer[] AS genre_tmdb_ids" if self.with_genres else "")
        create = sql.SQL(
            "CREATE TEMPORARY TABLE IF NOT EXISTS {staged} ON COMMIT DELETE ROWS AS "
            "SELECT {names} FROM {movie} WITH NO DATA"
        )
        columns = sql.SQL(", ").join([sql.Identifier(name) for name in (self.key, *self.columns)])
        with connection.cursor() as cursor:
            cursor.execute(_render(create.format(**self._fragments() | {"names": columns + genres})))
            cursor.execute(_render(sql.SQL("DELETE FROM {}").format(self._identifier)))
            with cursor.copy(_render(sql.SQL("COPY {} ({}) FROM STDIN").format(self._identifier, names))) as copy:
                for row in rows:
                    copy.write_row(list(row))

    def run(self, statement: sql.SQL) -> list[tuple[Any, ...]]:
        """Execute a statement after filling in its fragments, and return its rows, if it returns any."""
        with connection.cursor() as cursor:
            cursor.execute(_render(statement.format(**self._fragments())))
            return cursor.fetchall() if cursor.description else []

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, *self.columns, *(["genre_tmdb_ids"] if self.with_genres else []))

    @property
    def _identifier(self) -> sql.Identifier:
        return sql.Identifier(self.table)

    def _fragments(self) -> dict[str, sql.Composable]:
        """Return the parts of the statements that follow from the model."""
        defaults = {
            field.attname: field.get_default()
            for field in Movie._meta.concrete_fields
            if _is_required(field) and field.attname not in {*self.columns, self.key, "created_at", "updated_at"}
        }
        each = [(sql.Identifier(name), sql.Literal(name)) for name in self.columns]
        spelt = [pair for pair, name in zip(each, self.columns, strict=True) if name in MADE_OF]
        others = [pair for pair in each if pair not in spelt]
        return {
            "staged": self._identifier,
            "key": sql.Identifier(self.key),
            "movie": sql.Identifier(Movie._meta.db_table),
            "state": sql.Identifier(SyncState._meta.db_table),
            "former": sql.Identifier(FormerFilm._meta.db_table),
            "genre": sql.Identifier(Genre._meta.db_table),
            "movie_genres": sql.Identifier(Movie.genres.through._meta.db_table),
            "columns": sql.SQL(", ").join(name for name, _ in each),
            "staged_columns": sql.SQL(", ").join(sql.SQL("s.{}").format(name) for name, _ in each),
            "other_columns": sql.SQL(", ").join([sql.Identifier(name) for name in defaults]),
            "other_values": sql.SQL(", ").join(
                # As a trigger would set them, which would have to write each new film again.
                GENRE_IDS if name == "genre_ids" and self.with_genres else sql.Literal(value)
                for name, value in defaults.items()
            ),
            "kept_texts": sql.SQL(", ").join(
                sql.SQL("{0} = coalesce(nullif(s.{0}, ''), m.{0})").format(sql.Identifier(name)) for name in self.texts
            ),
            "nothing_new": _are_same(each),
            "same_words": _are_same(spelt),
            "assignments": sql.SQL(", ").join(
                sql.SQL("{0} = CASE WHEN {1} = ANY (m.locked_fields) THEN m.{0} ELSE excluded.{0} END").format(*pair)
                for pair in each
            ),
            "changes": _set_unlocked(each),
            "other_changes": _set_unlocked(others),
        }


Pairs = Sequence[tuple[sql.Identifier, sql.Literal]]  # a column, and its name as a text


def _are_same(columns: Pairs) -> sql.Composable:
    """Return the condition that the film `m` has the values of its row `s`, or has them locked."""
    same = sql.SQL("({1} = ANY (m.locked_fields) OR m.{0} IS NOT DISTINCT FROM s.{0})")
    return sql.SQL(" AND ").join([sql.SQL("true"), *(same.format(*pair) for pair in columns)])


def _set_unlocked(columns: Pairs) -> sql.Composable:
    value = sql.SQL("{0} = CASE WHEN {1} = ANY (m.locked_fields) THEN m.{0} ELSE s.{0} END")
    return sql.SQL(", ").join(value.format(*pair) for pair in columns)


def _is_required(field: "Field[Any, Any]") -> bool:
    """Return whether an INSERT must name the field."""
    return not (field.primary_key or field.generated or field.null)


def _render(statement: sql.Composable) -> str:
    """Return the statement as text, so that Django's query log can show it."""
    connection.ensure_connection()
    return statement.as_string(connection.connection)
