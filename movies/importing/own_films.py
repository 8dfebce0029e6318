"""Own films in a file: matched and compared with the user's films, created and changed.

Values are validated as in catalogue.editing; but imported films are private even when the user is a manager, who
otherwise writes the catalogue.
"""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from movies.catalogue import editing, validation
from movies.models import Genre, LibraryImport, LibraryImportRow, Movie
from movies.posters import uploads
from movies.posters.images import PosterRefused
from movies.posters.store import StoreUnavailable
from movies.queries.films import for_detail, private_films

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

ADDS_POSTER = "Adds the poster."


class OwnFilms:
    """The user's private films; each matches at most one row of the file."""

    def __init__(self, job: LibraryImport) -> None:
        films = list(for_detail(private_films(job.user)).order_by("pk"))
        self.by_pk = {film.pk: film for film in films}
        self.genres = {genre.name.casefold(): genre for genre in Genre.objects.all()}
        self.overwrite = job.overwrite
        self._by_title: dict[Any, list[int]] = defaultdict(list)
        self._by_imdb_id: dict[str, list[int]] = defaultdict(list)
        for film in films:
            self._by_title[film.sort_title, film.year].append(film.pk)
            self._by_imdb_id[film.imdb_id or ""].append(film.pk)
        rows = job.rows.filter(kind=Kind.FILM).exclude(movie=None)
        self._matched = set(rows.values_list("movie_id", flat=True))

    def match(self, rows: Sequence[LibraryImportRow]) -> None:
        """Set the `movie_id` of each row that matches a film by our own id and title, by IMDb's id, or title and year.

        Of several such films the first row matches the oldest.
        """
        titles = _fold_titles(row.said["title"] for row in rows)
        for row in rows:
            same_title = self._by_title[titles[row.said["title"]], _year_of(row)]
            same_id = [pk for pk in same_title if pk == row.said.get("marquee_id")]
            imdb_id = row.said.get("imdb_id")
            candidates = same_id + (self._by_imdb_id[imdb_id] if imdb_id else []) + same_title
            row.movie_id = next((pk for pk in candidates if pk not in self._matched), None)
            if row.movie_id:
                self._matched.add(row.movie_id)

    def decide(self, row: LibraryImportRow) -> None:
        """Set `outcome` and `message` of a row."""
        film = self.by_pk.get(row.movie_id or 0)
        values = self.values_of(row)
        stored = (
            validation.film_values(film, {*values, "title", "year", "release_date"})
            if film
            else validation.empty_values()
        )
        try:
            new = validation.validate_changes(values, stored, private=True)
        except ValidationError as error:
            row.outcome, row.message = Outcome.INVALID, error_text(error)
            return
        adds_poster = bool(film and not film.poster_key and "poster" in row.said)
        row.message = ""
        if film is None:
            row.outcome = Outcome.CREATE
        elif not new:
            row.outcome = Outcome.CHANGE if adds_poster else Outcome.UNCHANGED
            row.message = ADDS_POSTER if adds_poster else ""
        else:
            row.outcome = Outcome.CHANGE if self.overwrite else Outcome.KEPT
            row.message = f"Differs in {', '.join(sorted(name.replace('_', ' ') for name in new))}."

    def values_of(self, row: LibraryImportRow) -> dict[str, Any]:
        """Return the values of the row in Python's types, for catalogue.editing. Unknown genres are left out."""
        values = {"title": row.said["title"], **row.said["facts"]}
        values |= {name: None for name in validation.NULLABLE if values.get(name) == ""}
        if values.get("release_date"):
            values["release_date"] = date.fromisoformat(values["release_date"])
        if "genres" in values:
            names = [name.casefold() for name in values["genres"]]
            values["genres"] = [self.genres[name] for name in names if name in self.genres]
        return values


def error_text(error: ValidationError) -> str:
    """Return the messages of the error as sentences that name the fields."""
    return " ".join(
        f"{name.replace('_', ' ').capitalize()}: {' '.join(messages)}" for name, messages in error.message_dict.items()
    )


@transaction.atomic
def create_own_film(own: OwnFilms, job: LibraryImport, row: LibraryImportRow) -> None:
    """Create the film of the row. Raises ValidationError, and Conflict beyond the number of private films."""
    movie = Movie(owner=job.user)
    new = validation.validate_changes(own.values_of(row), validation.empty_values(), private=True)
    genres = new.pop("genres", frozenset())
    for name, value in new.items():
        setattr(movie, name, value)
    editing.insert_films(job.user, [(movie, genres)])
    row.movie = own.by_pk[movie.pk] = movie
    row.save(update_fields=["movie"])


def add_poster(movie: Movie, poster: str) -> str:
    """Store the base64 poster for the film, outside of a transaction; return an error message, empty on success."""
    try:
        uploads.set_poster(movie, BytesIO(b64decode(poster, validate=True)))
    except (PosterRefused, ValueError):
        return "Its poster could not be read."
    except StoreUnavailable:
        return "Its poster could not be stored; import the file again to add it."
    return ""


def _fold_titles(titles: Iterable[str]) -> dict[str, str]:
    """Return each title as the database folds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT title, marquee_fold(title) FROM unnest(%s::text[]) AS film (title)", [list(titles)])
        return dict(cursor.fetchall())


def _year_of(row: LibraryImportRow) -> int | None:
    released = row.said["facts"].get("release_date")
    return row.said.get("year") or (int(released[:4]) if released else None)
