"""Serializers of ratings. The rules are in movies.library.ratings."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from common.api.answers.sparse import SparseFields
from common.api.fields import StrictCharField, StrictIntegerField
from common.api.parsing import KnownFieldsOnly
from movies.api.serializers.fields import VisibleFilmField
from movies.models import REVIEW_LENGTH, Movie, Rating
from movies.models.limits import HIGHEST_RATING, LOWEST_RATING, RATINGS


class RatedMovieSerializer(serializers.ModelSerializer[Movie]):
    class Meta:
        model = Movie
        fields = ["id", "title"]


class PublishedRatingSerializer(SparseFields, serializers.ModelSerializer[Rating]):
    """A rating as others see it."""

    movie = RatedMovieSerializer(read_only=True)
    user = PersonSerializer(read_only=True)
    rating = serializers.IntegerField(
        min_value=LOWEST_RATING, max_value=HIGHEST_RATING, allow_null=True, help_text="Null for a review alone."
    )
    verified = serializers.BooleanField(
        read_only=True, help_text="Whether the author saw the film here, with a ticket."
    )

    review = serializers.CharField(source="published_review", read_only=True, help_text="Empty if it is hidden.")
    is_hidden = serializers.BooleanField(read_only=True, help_text="Whether a manager hides the review.")

    class Meta:
        model = Rating
        fields = ["id", "movie", "user", "rating", "review", "is_hidden", "verified", "created_at", "updated_at"]
        read_only_fields = fields


class RatingSerializer(PublishedRatingSerializer):
    """A rating as its author sees it."""

    review = serializers.CharField(read_only=True)
    is_hidden = None  # type: ignore[assignment]
    hidden_reason = serializers.CharField(
        read_only=True, allow_null=True, help_text="Why a manager hides the review from others. Null if it is shown."
    )

    class Meta(PublishedRatingSerializer.Meta):
        fields = ["id", "movie", "user", "rating", "review", "hidden_reason", "verified", "created_at", "updated_at"]
        read_only_fields = fields


class ScoreField(StrictIntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=LOWEST_RATING, max_value=HIGHEST_RATING, **options)


class ReviewField(StrictCharField):
    def __init__(self) -> None:
        super().__init__(
            max_length=REVIEW_LENGTH,
            required=False,
            allow_blank=True,
            help_text="Plain text; line breaks are kept. Published, with the rating if there is one.",
        )


class NewRatingSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    movie_id = VisibleFilmField(source="movie")
    rating = ScoreField(required=False, help_text="May be left out where there is a review.")
    review = ReviewField()

    def to_internal_value(self, data: Any) -> Any:
        self.fields["rating"].required = not (isinstance(data, dict) and data.get("review"))
        return super().to_internal_value(data)


class RatingChangesSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    rating = ScoreField(required=False)
    review = ReviewField()


# A page of a film's ratings has a summary of all its ratings beside `items` and `meta`.
SUMMARY_SCHEMA = {
    "type": "object",
    "required": ["average", "count", "spread"],
    "properties": {
        "average": {"type": ["number", "null"], "description": "Rounded to two digits; null if there are no ratings."},
        "count": {"type": "integer"},
        "spread": {
            "type": "object",
            "description": "Number of ratings by value.",
            "required": [str(rating) for rating in RATINGS],
            "properties": {str(rating): {"type": "integer"} for rating in RATINGS},
        },
    },
}


def add_summary(page: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a page extended by `summary`."""
    properties = {**page["properties"], "summary": SUMMARY_SCHEMA}
    return page | {"required": [*page["required"], "summary"], "properties": properties}
