"""Genres, and the rows of films by genre on the home page."""

from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet

from common.database.kept import kept_query
from movies.models import Genre
from movies.queries.cards import CardFilm, card_object, from_objects
from movies.queries.films import public_films

GENRE_FIELDS = ("id", "name", "slug", "tmdb_id")


class GenreRow(NamedTuple):
    """A genre, how many films of the catalogue have it, and the most popular of these."""

    genre: Genre
    films: int
    top_movies: list[CardFilm]


def top_genres(films_each: int, at_least: int, limit: int) -> list[GenreRow]:
    """Return the genres with most catalogue films. One query. Genres with fewer than `at_least` films are left out."""
    rows = _largest(films_each, limit)
    return [GenreRow(row, row.films, from_objects(row.top)) for row in rows if row.films >= at_least]


@kept_query
def _largest(films_each: int, limit: int, /) -> QuerySet[Any]:
    films = public_films().filter(genres=OuterRef("pk")).order_by("-popularity", "-id")
    top = films.values_list(card_object())[:films_each]
    genres = Genre.objects.filter(movies__in=public_films().order_by().values("pk")).annotate(films=Count("movies"))
    return genres.annotate(top=ArraySubquery(top)).order_by("-films", "name")[:limit]


def all_genres() -> list[dict[str, Any]]:
    """Return every genre as {id, name, slug, tmdb_id}, by name."""
    return [dict(zip(GENRE_FIELDS, row, strict=True)) for row in _all_genres()]


@kept_query
def _all_genres() -> QuerySet[Genre, Any]:
    return Genre.objects.order_by("name").values_list(*GENRE_FIELDS)
