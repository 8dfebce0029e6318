"""The library of a user: ratings, watchlist and viewings."""

from typing import TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from movies.models.catalogue import Movie
from movies.models.limits import HIGHEST_RATING, LOWEST_RATING

REVIEW_LENGTH = 10_000


class Rating(models.Model):
    """What a user says of a film: a rating, a review, or both.

    Triggers change the film's `ratings_sum` and `ratings_count` with every row inserted, updated or deleted, whatever
    wrote it, the deletion of an account included: models/sql/0011_rating_triggers.sql.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ratings", db_index=False)
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="ratings", db_index=False)
    rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 10. Empty: a review alone.")
    review = models.TextField(blank=True, max_length=REVIEW_LENGTH)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        # Triggers of this table: rating_added, rating_changed, rating_removed (models/sql/0003_rating_triggers.sql).
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "movie"], name="rating_one_per_user_and_movie"),
            models.CheckConstraint(
                condition=Q(rating__range=(LOWEST_RATING, HIGHEST_RATING)), name="rating_from_1_to_10"
            ),
            models.CheckConstraint(condition=Q(rating__isnull=False) | ~Q(review=""), name="rating_or_review"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("review"), REVIEW_LENGTH), name="rating_review_length"
            ),
        ]
        indexes = [
            models.Index("movie", "created_at", "id", name="rating_newest_of_movie"),
            models.Index("user", "created_at", "id", name="rating_newest_of_user"),
            models.Index("created_at", "id", name="rating_newest"),
        ]

    def __str__(self) -> str:
        return "review" if self.rating is None else f"{self.rating}/10"


class WatchlistItem(models.Model):
    """A film on a user's watchlist."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watchlist", db_index=False
    )
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="watchlisted")
    is_favorite = models.BooleanField(default=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-added_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "movie"], name="watchlist_item_one_per_user_and_movie")]
        indexes = [models.Index("user", "added_at", "id", name="watchlist_item_newest")]

    def __str__(self) -> str:
        return f"{self.added_at:%Y-%m-%d}"


class ViewingSource(models.TextChoices):
    TICKET = "ticket", "with a ticket"
    BY_HAND = "by_hand", "by hand"


class Viewing(models.Model):
    """A user saw a film: here, with a ticket, or elsewhere, entered by hand."""

    Source: TypeAlias = ViewingSource

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="viewings", db_index=False
    )
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="viewings")
    watched_at = models.DateTimeField(help_text="Noon in the cinema's time zone where only the day is known.")
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.BY_HAND)

    class Meta:
        ordering = ["-watched_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "movie", "watched_at"], name="viewing_once_at_a_time"),
            models.CheckConstraint(condition=Q(source__in=ViewingSource.values), name="viewing_source_known"),
        ]
        indexes = [models.Index("user", "watched_at", "id", name="viewing_newest")]

    def __str__(self) -> str:
        return f"{self.watched_at:%Y-%m-%d}"
