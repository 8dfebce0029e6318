"""Every read of the catalogue that is more than a one-line filter.

Both doors start from `visible_to` or `catalogue`, so that nobody's private film can appear in a list by oversight.
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.expressions import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from movies import coming
from movies.models import NO_RATING, UNKNOWN_DATE, Genre, Movie, Rating, Viewing, WatchlistItem

GENRES_KEY = "genres"

# Public name -> the sort expression, each served by an index of Movie (see its Meta).
ORDERINGS: dict[str, F | Coalesce] = {
    "popularity": F("popularity"),
    "release_date": Coalesce("release_date", Value(UNKNOWN_DATE)),
    "title": F("sort_title"),
    "average_rating": Coalesce("average_rating", Value(NO_RATING)),
}

# `playing`: what is shown this week first, by its next session, and then what was added last.
WATCHLIST_ORDERINGS: dict[str, F] = {
    "added_at": F("added_at"),
    "title": F("movie__sort_title"),
    "playing": F("playing"),
}

# What no list shows; loading it would double the row.
DETAIL_ONLY = ("overview", "tagline", "cast", "search_vector", "locked_fields", "backdrop_source", "trailer")

RATING_FIELDS = ("user", "movie", "rating", "review", "created_at", "updated_at")


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


def may_edit(user: User | AnonymousUser, movie: Movie) -> bool:
    """Whether `user` may change and delete it: a manager the catalogue, and everybody their own private films."""
    return user.is_authenticated and (user.is_staff if movie.owner_id is None else movie.owner_id == user.pk)


def for_cards(films: QuerySet[Movie]) -> QuerySet[Movie]:
    """What a list shows of each film, in two queries however many there are."""
    return films.defer(*DETAIL_ONLY).prefetch_related("genres")


def for_detail(films: QuerySet[Movie]) -> QuerySet[Movie]:
    return films.defer("search_vector").prefetch_related("genres")


def with_own(films: QuerySet[Movie], user: User | AnonymousUser) -> QuerySet[Movie]:
    """Each with what `user` made of it, in lists of at most one: `my_ratings` and `my_watchlist_items`.

    Two queries more; none, and no such lists, for somebody who is not signed in.
    """
    if not user.is_authenticated:
        return films
    ratings = with_verified(Rating.objects.filter(user=user))
    items = WatchlistItem.objects.filter(user=user)
    return films.prefetch_related(
        Prefetch("ratings", ratings, to_attr="my_ratings"), Prefetch("watchlisted", items, to_attr="my_watchlist_items")
    )


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


def watchlist_of(user: User) -> QuerySet[WatchlistItem]:
    """Somebody's watchlist with its films as lists show them, in two queries."""
    unused = (f"movie__{name}" for name in DETAIL_ONLY)
    playing = coming.playing_first("movie", "added_at")
    items = WatchlistItem.objects.filter(user=user).alias(playing=playing).order_by("-added_at", "-id")
    return items.select_related("movie").defer(*unused).prefetch_related("movie__genres")


def watchers_of(films: Collection[int]) -> dict[int, list[int]]:
    """Who has these films on their watchlist: people's ids by the film's, in one query; films of nobody are missing."""
    found: dict[int, list[int]] = {}
    if films:
        wanted = WatchlistItem.objects.filter(movie__in=films, user__is_active=True)
        for movie_id, user_id in wanted.order_by().values_list("movie_id", "user_id"):
            found.setdefault(movie_id, []).append(user_id)
    return found


def wanted_by(user: User | AnonymousUser, limit: int) -> list[Movie]:
    """What somebody put on their watchlist last."""
    return [item.movie for item in watchlist_of(user)[:limit]] if user.is_authenticated else []


def seen_but_unrated(user: User | AnonymousUser, limit: int) -> list[Movie]:
    """What somebody saw and has not rated, the last seen first."""
    if not user.is_authenticated:
        return []
    last_seen = Max("viewings__watched_at", filter=Q(viewings__user_id=user.pk))
    rated = Rating.objects.filter(user_id=user.pk, movie_id=OuterRef("pk"))
    seen = Movie.objects.filter(viewings__user_id=user.pk).exclude(Exists(rated))
    return list(for_cards(seen.annotate(last_seen=last_seen).order_by("-last_seen", "-id"))[:limit])


def kept_by(user: User | AnonymousUser, among: Sequence[int] | None = None) -> dict[int, bool]:
    """The films on somebody's watchlist as {id: is_favorite}; of the ids `among`, or all. No query for nobody."""
    if not user.is_authenticated:
        return {}
    items = WatchlistItem.objects.filter(user=user)
    items = items if among is None else items.filter(movie__in=among)
    return dict(items.values_list("movie_id", "is_favorite"))


def with_verified(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Each as `verified` when its author saw the film here, with a ticket."""
    seen_here = Viewing.objects.filter(
        user_id=OuterRef("user_id"), movie_id=OuterRef("movie_id"), source=Viewing.Source.TICKET
    )
    return ratings.annotate(verified=Exists(seen_here))


def for_reading(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """With who and what, in one query; of the film and the person no more than how they are called."""
    related = ratings.select_related("user", "movie").only(*RATING_FIELDS, "user__username", "movie__title")
    return with_verified(related)


def spread_of(movie: Movie) -> dict[int, int]:
    """How many gave the film each rating from 1 to 10, in one query."""
    counted = movie.ratings.order_by().values_list("rating").annotate(Count("id"))
    return dict.fromkeys(range(1, 11), 0) | dict(counted)


def summary_of(movie: Movie) -> dict[str, Any]:
    """{average, count, spread} of one moment, and so agreeing with one another."""
    spread = spread_of(movie)
    count = sum(spread.values())
    points = sum(rating * times for rating, times in spread.items())
    average = (Decimal(points) / count).quantize(Decimal("0.01"), ROUND_HALF_UP) if count else None
    return {"average": average, "count": count, "spread": spread}


def with_film(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows that name a `movie`, in one query with what a card shows of it; its genres are left to who draws it."""
    return rows.select_related("movie").defer(*(f"movie__{name}" for name in DETAIL_ONLY))


def newest_reviews(movie: Movie, limit: int) -> list[Rating]:
    return list(for_reading(movie.ratings.exclude(review="").order_by("-created_at", "-id"))[:limit])


def goes_with(films: Iterable[int]) -> dict[str, int]:
    """How many ratings, watchlist items and viewings are deleted with the films of these ids."""
    pks = list(films)
    losses: dict[str, QuerySet[Any]] = {
        "ratings": Rating.objects.all(),
        "watchlist": WatchlistItem.objects.all(),
        "viewings": Viewing.objects.all(),
    }
    return {name: rows.filter(movie__in=pks).count() for name, rows in losses.items()}


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
