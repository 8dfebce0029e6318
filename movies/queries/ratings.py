"""Ratings and reviews of films."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Subquery, TextField, Value, When

from accounts.models import User
from common.database.kept import Parameter, kept_query
from movies.models import HiddenReview, Movie, Rating, ReviewReport, Viewing
from movies.models.limits import RATINGS
from movies.queries.films import visible_films

RATING_FIELDS = ("user", "movie", "rating", "review", "created_at", "updated_at")


def with_verified(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Annotate `verified`: whether the author saw the film here, with a ticket."""
    seen_here = Viewing.objects.filter(
        user_id=OuterRef("user_id"), movie_id=OuterRef("movie_id"), source=Viewing.Source.TICKET
    )
    return ratings.annotate(verified=Exists(seen_here))


def with_author_and_film(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Load the username and the film's title of each, with `verified` and `hidden_reason`, in one query."""
    related = ratings.select_related("user", "movie").only(*RATING_FIELDS, "user__username", "movie__title")
    return with_hidden_reason(with_verified(related))


def with_hidden_reason(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Annotate `hidden_reason`: why managers hide the review from others, or None."""
    return ratings.annotate(hidden_reason=Subquery(_hidden_reviews().values("reason")))


def with_published_review(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Load each with its author and film as others may read it: `published_review`, empty where `is_hidden`.

    The text itself is not loaded.
    """
    is_hidden = Exists(_hidden_reviews())
    published = Case(When(is_hidden, then=Value("")), default=F("review"), output_field=TextField())
    rows = with_author_and_film(ratings).annotate(is_hidden=is_hidden, published_review=published)
    fields = [field for field in RATING_FIELDS if field != "review"]
    return rows.only(*fields, "user__username", "movie__title")


def visible_ratings(user: User | AnonymousUser) -> QuerySet[Rating]:
    """Return the ratings of films that the user may see."""
    return Rating.objects.filter(movie__in=visible_films(user).order_by().values("pk"))


def newest_reviews(movie: Movie, limit: int) -> list[Rating]:
    """Return the newest reviews that are not hidden."""
    return _newest_reviews(limit, film=movie.pk)


@kept_query
def _newest_reviews(limit: int, /, *, film: Parameter) -> QuerySet[Rating]:
    shown = Rating.objects.filter(movie=film).exclude(review="").exclude(Exists(_hidden_reviews()))
    return with_published_review(shown).order_by("-created_at", "-id")[:limit]


def review_reports() -> QuerySet[ReviewReport]:
    """Return the reports with everything that managers read of them, in one query."""
    hidden = HiddenReview.objects.filter(user=OuterRef("rating__user"), movie=OuterRef("rating__movie"))
    unused = {field.name for field in Movie._meta.concrete_fields} - {"id", "title"}
    return (
        ReviewReport.objects.select_related("rating__user", "rating__movie", "reporter", "resolved_by")
        .defer(*(f"rating__movie__{name}" for name in unused))
        .annotate(hidden_reason=Subquery(hidden.values("reason")))
    )


def _hidden_reviews() -> QuerySet[HiddenReview]:
    return HiddenReview.objects.filter(user=OuterRef("user_id"), movie=OuterRef("movie_id"))


def rating_counts(movie: Movie) -> dict[int, int]:
    """Count the ratings of each value, in one query."""
    return dict.fromkeys(RATINGS, 0) | dict(_count_ratings(film=movie.pk))


@kept_query
def _count_ratings(*, film: Parameter) -> QuerySet[Rating, Any]:
    rated = Rating.objects.filter(movie=film).exclude(rating=None)
    return rated.order_by().values_list("rating").annotate(Count("id"))


def rating_summary(movie: Movie) -> dict[str, Any]:
    """Return {average, count, spread}, all from one query and so in agreement with one another."""
    spread = rating_counts(movie)
    count = sum(spread.values())
    points = sum(rating * times for rating, times in spread.items())
    average = (Decimal(points) / count).quantize(Decimal("0.01"), ROUND_HALF_UP) if count else None
    return {"average": average, "count": count, "spread": spread}
