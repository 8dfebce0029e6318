"""Ratings and reviews of films."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from movies.models import Movie, Rating, Viewing
from movies.models.limits import RATINGS

RATING_FIELDS = ("user", "movie", "rating", "review", "created_at", "updated_at")


def with_verified(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Annotate `verified`: whether the author saw the film here, with a ticket."""
    seen_here = Viewing.objects.filter(
        user_id=OuterRef("user_id"), movie_id=OuterRef("movie_id"), source=Viewing.Source.TICKET
    )
    return ratings.annotate(verified=Exists(seen_here))


def with_author_and_film(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Load the username and the film's title of each, with `verified`, in one query."""
    related = ratings.select_related("user", "movie").only(*RATING_FIELDS, "user__username", "movie__title")
    return with_verified(related)


def newest_reviews(movie: Movie, limit: int) -> list[Rating]:
    return list(with_author_and_film(movie.ratings.exclude(review="").order_by("-created_at", "-id"))[:limit])


def rating_counts(movie: Movie) -> dict[int, int]:
    """Count the ratings of each value, in one query."""
    counts = movie.ratings.order_by().values_list("rating").annotate(Count("id"))
    return dict.fromkeys(RATINGS, 0) | dict(counts)


def rating_summary(movie: Movie) -> dict[str, Any]:
    """Return {average, count, spread}, all from one query and so in agreement with one another."""
    spread = rating_counts(movie)
    count = sum(spread.values())
    points = sum(rating * times for rating, times in spread.items())
    average = (Decimal(points) / count).quantize(Decimal("0.01"), ROUND_HALF_UP) if count else None
    return {"average": average, "count": count, "spread": spread}
