"""Genres, and the rows of films by genre on the home page."""

from typing import Any

from django.core.cache import cache
from django.db.models import Count, Prefetch, Q

from movies.models import Genre
from movies.queries.films import for_cards, public_films

GENRES_KEY = "genres"


def top_genres(films_each: int, at_least: int, limit: int) -> list[Genre]:
    """Return the genres with most catalogue films, each with its most popular ones as `top_movies`.

    Three queries in all. Genres with fewer than `at_least` films are left out.
    """
    genres = (
        Genre.objects.annotate(films=Count("movies", filter=Q(movies__owner=None, movies__withdrawn=False)))
        .filter(films__gte=at_least)
        .order_by("-films", "name")[:limit]
    )
    top_films = for_cards(public_films().order_by("-popularity", "-id"))[:films_each]
    return list(genres.prefetch_related(Prefetch("movies", queryset=top_films, to_attr="top_movies")))


def all_genres() -> list[dict[str, Any]]:
    """Return every genre as {id, name, slug, tmdb_id}, by name; from the cache while it is fresh."""
    genres: list[dict[str, Any]] | None = cache.get(GENRES_KEY)
    if genres is None:
        genres = [dict(row) for row in Genre.objects.order_by("name").values("id", "name", "slug", "tmdb_id")]
        cache.set(GENRES_KEY, genres)
    return genres


def clear_genre_cache() -> None:
    cache.delete(GENRES_KEY)
