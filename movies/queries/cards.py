"""What a card shows of a film, read without the rest of its row and without a query for genres."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from movies.models import Genre, Movie, film_address, poster_urls

COLUMNS = ("pk", "title", "year", "owner_id", "poster_key", "directors")


class CardFilm(NamedTuple):
    """Two that are equal have the same card, so that what was rendered once can be kept by it."""

    pk: int
    title: str
    year: int | None
    owner_id: int | None
    poster_key: str
    directors: tuple[str, ...]
    genre_names: tuple[str, ...]

    @property
    def poster_urls(self) -> dict[str, str] | None:
        return poster_urls(self.poster_key)

    def get_absolute_url(self) -> str:
        return film_address(self.pk, self.title)


def card_of(film: Movie | CardFilm) -> CardFilm:
    """Return what a card shows of a film, which has its genres prefetched."""
    if isinstance(film, CardFilm):
        return film
    directors, genres = tuple(film.directors), film.genre_names
    return CardFilm(film.pk, film.title, film.year, film.owner_id, film.poster_key, directors, genres)


def card_films(films: QuerySet[Movie]) -> QuerySet[Movie, Any]:
    """Return the films as rows that `to_cards` reads, in one query."""
    return films.annotate(names=genre_names()).values_list(*COLUMNS, "names")


def to_cards(rows: Iterable[Sequence[Any]]) -> list[CardFilm]:
    return [to_card(row) for row in rows]


def to_card(row: Sequence[Any]) -> CardFilm:
    pk, title, year, owner, poster_key, directors, genres = row
    return CardFilm(pk, title, year, owner, poster_key, tuple(directors), tuple(genres))


def card_object() -> JSONObject:
    """Return a film as an object that `from_objects` reads, for a query that has films in arrays."""
    return JSONObject(**{column: column for column in COLUMNS}, genre_names=genre_names())


def from_objects(films: Iterable[dict[str, Any]]) -> list[CardFilm]:
    return to_cards([film[column] for column in (*COLUMNS, "genre_names")] for film in films)


def genre_names(film: str = "pk") -> ArraySubquery:
    """Return a subquery of the names of the genres of the film in this column, in order."""
    return ArraySubquery(Genre.objects.filter(movies=OuterRef(film)).order_by("name").values_list("name"))
