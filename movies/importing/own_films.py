"""Own films in a file: told apart from those that are there, compared with them, made and changed.

The rules are those of `curation`; but what somebody brings in is their own also when they are a manager, who
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
    """Somebody's own films, of which each can be meant by one row of the file at most."""

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
        self._taken = set(rows.values_list("movie_id", flat=True))

    def match(self, rows: Sequence[LibraryImportRow]) -> None:
        """Gives each row the film that it means, if it is there: by our own id and title, by IMDb's id, by title and
        year; of several films alike the first row means the oldest."""
        titles = folded(row.said["title"] for row in rows)
        for row in rows:
            alike = self._by_title[titles[row.said["title"]], year_of(row)]
            ours = [pk for pk in alike if pk == row.said.get("marquee_id")]
            imdb_id = row.said.get("imdb_id")
            candidates = ours + (self._by_imdb_id[imdb_id] if imdb_id else []) + alike
            row.movie_id = next((pk for pk in candidates if pk not in self._taken), None)
            if row.movie_id:
                self._taken.add(row.movie_id)

    def decide(self, row: LibraryImportRow) -> None:
        """Sets `outcome` and `message`."""
        film = self.by_pk.get(row.movie_id or 0)
        given = self.facts_of(row)
        stored = (
            validation.film_values(film, {*given, "title", "year", "release_date"})
            if film
            else validation.empty_values()
        )
        try:
            new = validation.validate_changes(given, stored, private=True)
        except ValidationError as error:
            row.outcome, row.message = Outcome.INVALID, sentences(error)
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

    def facts_of(self, row: LibraryImportRow) -> dict[str, Any]:
        """For `curation`: Python's types instead of JSON's. A genre that is not known here is left out."""
        given = {"title": row.said["title"], **row.said["facts"]}
        given |= {name: None for name in validation.NULLABLE if given.get(name) == ""}
        if given.get("release_date"):
            given["release_date"] = date.fromisoformat(given["release_date"])
        if "genres" in given:
            names = [name.casefold() for name in given["genres"]]
            given["genres"] = [self.genres[name] for name in names if name in self.genres]
        return given


def folded(titles: Iterable[str]) -> dict[str, str]:
    """Each title as the database folds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT title, marquee_fold(title) FROM unnest(%s::text[]) AS film (title)", [list(titles)])
        return dict(cursor.fetchall())


def year_of(row: LibraryImportRow) -> int | None:
    released = row.said["facts"].get("release_date")
    return row.said.get("year") or (int(released[:4]) if released else None)


def sentences(error: ValidationError) -> str:
    return " ".join(
        f"{name.replace('_', ' ').capitalize()}: {' '.join(messages)}" for name, messages in error.message_dict.items()
    )


@transaction.atomic
def create(own: OwnFilms, job: LibraryImport, row: LibraryImportRow) -> None:
    """Raises ValidationError, and Conflict when somebody's own films would be too many."""
    movie = Movie(owner=job.user)
    said = validation.validate_changes(own.facts_of(row), validation.empty_values(), private=True)
    genres = said.pop("genres", frozenset())
    for name, value in said.items():
        setattr(movie, name, value)
    editing.insert_films(job.user, [(movie, genres)])
    row.movie = own.by_pk[movie.pk] = movie
    row.save(update_fields=["movie"])


def add_poster(movie: Movie, poster: str) -> str:
    """What went wrong, as a sentence; empty when the film has it. Outside of a transaction."""
    try:
        uploads.set_poster(movie, BytesIO(b64decode(poster, validate=True)))
    except (PosterRefused, ValueError):
        return "Its poster could not be read."
    except StoreUnavailable:
        return "Its poster could not be stored at that moment; bring the file in again to add it."
    return ""
