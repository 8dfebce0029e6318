"""Every read of the catalogue that is more than a one-line filter.

Both doors start from `visible_to` or `catalogue`, so that nobody's private film can appear in a list by oversight.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.expressions import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from movies.models import NO_RATING, UNKNOWN_DATE, Genre, Movie

GENRES_KEY = "genres"

# Public name -> the sort expression, each served by an index of Movie (see its Meta).
ORDERINGS: dict[str, F | Coalesce] = {
    "popularity": F("popularity"),
    "release_date": Coalesce("release_date", Value(UNKNOWN_DATE)),
    "title": F("sort_title"),
    "average_rating": Coalesce("average_rating", Value(NO_RATING)),
}

# What no list shows; loading it would double the row.
DETAIL_ONLY = ("overview", "tagline", "cast", "search_vector", "locked_fields", "backdrop_source", "trailer")


def catalogue() -> QuerySet[Movie]:
    """The films of the house; nobody's private ones."""
    return Movie.objects.filter(owner=None)


def owned_by(user: User | AnonymousUser) -> QuerySet[Movie]:
    return Movie.objects.filter(owner_id=user.pk) if user.is_authenticated else Movie.objects.none()


def visible_to(user: User | AnonymousUser) -> QuerySet[Movie]:
    """The catalogue and one's own private films; everything else does not exist for `user` (404, never 403)."""
    if not user.is_authenticated:
        return catalogue()
    return Movie.objects.filter(Q(owner=None) | Q(owner_id=user.pk))


def for_cards(films: QuerySet[Movie]) -> QuerySet[Movie]:
    """What a list shows of each film, in two queries however many there are."""
    return films.defer(*DETAIL_ONLY).prefetch_related("genres")


def for_detail(films: QuerySet[Movie]) -> QuerySet[Movie]:
    return films.defer("search_vector").prefetch_related("genres")


def narrow(
    films: QuerySet[Movie],
    *,
    genre: Sequence[int] | None = None,
    year: int | None = None,
    year_min: int | None = None,
    year_max: int | None = None,
    rating_min: float | None = None,
    age_max: int | None = None,
    now_showing: bool | None = None,
) -> QuerySet[Movie]:
    """What every filter of the catalogue means, for the API and the pages alike; None filters nothing.

    `genre`: ids, of which a film has every one. `age_max`: what somebody of that age may see; a film without a
    known restriction is not promised to a child. `rating_min`: our visitors' average, not TMDB's.
    """
    bounds = {
        "year": year,
        "year__gte": year_min,
        "year__lte": year_max,
        "average_rating__gte": rating_min,
        "age_restriction__lte": age_max,
    }
    films = films.filter(**{name: value for name, value in bounds.items() if value is not None})
    for pk in genre or ():
        films = films.filter(Exists(Movie.genres.through.objects.filter(movie_id=OuterRef("pk"), genre_id=pk)))
    if now_showing is not None:
        showing = Q(showing_until__gte=timezone.now())
        films = films.filter(showing) if now_showing else films.exclude(showing)
    return films


def popular(limit: int) -> list[Movie]:
    """The films that open the home page; the first of them is shown with its overview."""
    shown = {"overview", "tagline", "cast"}
    films = catalogue().defer(*set(DETAIL_ONLY) - shown).prefetch_related("genres")
    return list(films.order_by("-popularity", "-id")[:limit])


def similar_to(movie: Movie, limit: int) -> list[Movie]:
    """The most popular catalogue films that share the most genres with `movie`."""
    genres = [genre.pk for genre in movie.genres.all()]
    if not genres:
        return []
    shared = Count("genres", filter=Q(genres__in=genres))
    candidates = catalogue().filter(genres__in=genres).exclude(pk=movie.pk)
    return list(for_cards(candidates.annotate(shared=shared).order_by("-shared", "-popularity", "-id"))[:limit])


def genre_rows(films_each: int, at_least: int, limit: int) -> list[Genre]:
    """The genres richest in films, each with its most popular ones as `top_movies`; two more queries for all."""
    rich = (
        Genre.objects.annotate(films=Count("movies", filter=Q(movies__owner=None)))
        .filter(films__gte=at_least)
        .order_by("-films", "name")[:limit]
    )
    top = for_cards(catalogue().order_by("-popularity", "-id"))[:films_each]
    return list(rich.prefetch_related(Prefetch("movies", queryset=top, to_attr="top_movies")))


def all_genres() -> list[dict[str, Any]]:
    """Every genre as {id, name, slug, tmdb_id}, by name; from the cache while it is fresh."""
    genres: list[dict[str, Any]] | None = cache.get(GENRES_KEY)
    if genres is None:
        genres = [dict(row) for row in Genre.objects.order_by("name").values("id", "name", "slug", "tmdb_id")]
        cache.set(GENRES_KEY, genres)
    return genres


def forget_genres() -> None:
    """After a write: the next reader sees it."""
    cache.delete(GENRES_KEY)
