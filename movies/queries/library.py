"""What users keep about films: their watchlist, history and own ratings."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.db.models.expressions import F

from accounts.models import User
from common.database.kept import Parameter, kept_query
from movies.models import Movie, Rating, Viewing, WatchlistItem
from movies.queries import upcoming
from movies.queries.cards import CardFilm, card_films, to_cards
from movies.queries.films import DETAIL_ONLY
from movies.queries.ratings import with_verified

# `playing`: films shown this week first, by their next session, then the last added.
WATCHLIST_ORDERINGS: dict[str, F] = {
    "added_at": F("added_at"),
    "title": F("movie__sort_title"),
    "playing": F("playing"),
}


def with_user_data(films: QuerySet[Movie], user: User | AnonymousUser) -> QuerySet[Movie]:
    """Load the user's own rating and watchlist item of each film: `my_ratings` and `my_watchlist_items`.

    Both are lists of at most one, by two more queries. Without a signed-in user there is no query and no such list.
    """
    if not user.is_authenticated:
        return films
    ratings = with_verified(Rating.objects.filter(user=user))
    items = WatchlistItem.objects.filter(user=user)
    return films.prefetch_related(
        Prefetch("ratings", ratings, to_attr="my_ratings"), Prefetch("watchlisted", items, to_attr="my_watchlist_items")
    )


def with_film(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Load, in one query, the `movie` of each row with what a card shows of it, except its genres."""
    return rows.select_related("movie").defer(*(f"movie__{name}" for name in DETAIL_ONLY))


def watchlist_items(user: User) -> QuerySet[WatchlistItem]:
    """Return the user's watchlist, last added first, with its films as lists show them, in two queries."""
    items = WatchlistItem.objects.filter(user=user).alias(playing=upcoming.playing_order("movie", "added_at"))
    return with_film(items.order_by("-added_at", "-id")).prefetch_related("movie__genres")


def watchlist_films(user: User | AnonymousUser, limit: int) -> list[CardFilm]:
    """Return the films last added to the user's watchlist. One query, or none without a signed-in user."""
    if not user.is_authenticated:
        return []
    return to_cards(_last_added(limit, user=user.pk))


@kept_query
def _last_added(limit: int, /, *, user: Parameter) -> QuerySet[Movie, Any]:
    films = Movie.objects.filter(watchlisted__user_id=user).order_by("-watchlisted__added_at", "-watchlisted__id")
    return card_films(films)[:limit]


def watchlist_flags(user: User | AnonymousUser, among: Sequence[int] | None = None) -> dict[int, bool]:
    """Return the films of the user's watchlist as {id: is_favorite}, all or those with an id in `among`.

    No query without a signed-in user.
    """
    if not user.is_authenticated:
        return {}
    if among is None:
        return dict(_all_flags(user=user.pk))
    return dict(WatchlistItem.objects.filter(user=user, movie__in=among).values_list("movie_id", "is_favorite"))


@kept_query
def _all_flags(*, user: Parameter) -> QuerySet[WatchlistItem, Any]:
    return WatchlistItem.objects.filter(user=user).values_list("movie_id", "is_favorite")


def watchers_by_film(films: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of the active users who have each film on their watchlist, in one query.

    Keys are ids of `films`; films on no watchlist are missing.
    """
    watchers: dict[int, list[int]] = {}
    if films:
        items = WatchlistItem.objects.filter(movie__in=films, user__is_active=True)
        for movie_id, user_id in items.order_by().values_list("movie_id", "user_id"):
            watchers.setdefault(movie_id, []).append(user_id)
    return watchers


def unrated_films(user: User | AnonymousUser, limit: int) -> list[CardFilm]:
    """Return the films that the user has seen and not rated, last seen first. One query, or none, as above."""
    if not user.is_authenticated:
        return []
    return to_cards(_last_seen_unrated(limit, user=user.pk))


@kept_query
def _last_seen_unrated(limit: int, /, *, user: Parameter) -> QuerySet[Movie, Any]:
    last_seen = Max("viewings__watched_at", filter=Q(viewings__user_id=user))
    rated = Rating.objects.filter(user_id=user, movie_id=OuterRef("pk"), rating__isnull=False)
    seen = Movie.objects.filter(viewings__user_id=user).exclude(Exists(rated))
    return card_films(seen.annotate(last_seen=last_seen).order_by("-last_seen", "-id"))[:limit]


def count_dependents(films: Iterable[int]) -> dict[str, int]:
    """Count the ratings, watchlist items and viewings that would be deleted with the films of these ids."""
    pks = list(films)
    dependents: dict[str, QuerySet[Any]] = {
        "ratings": Rating.objects.all(),
        "watchlist": WatchlistItem.objects.all(),
        "viewings": Viewing.objects.all(),
    }
    return {name: rows.filter(movie__in=pks).count() for name, rows in dependents.items()}
