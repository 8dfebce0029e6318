"""How ratings look in JSON, and how they come. The rules are in movies.library.ratings."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from common.api.fields import StrictCharField, StrictIntegerField
from common.api.parsing import KnownFieldsOnly
from common.api.sparse import SparseFields
from movies.api.serializers.written import VisibleFilm
from movies.models import REVIEW_LENGTH, Movie, Rating
from movies.models.limits import HIGHEST_RATING, LOWEST_RATING, RATINGS


class RatedMovieSerializer(serializers.ModelSerializer[Movie]):
    class Meta:
        model = Movie
        fields = ["id", "title"]


class RatingSerializer(SparseFields, serializers.ModelSerializer[Rating]):
    movie = RatedMovieSerializer(read_only=True)
    user = PersonSerializer(read_only=True)
    rating = serializers.IntegerField(min_value=LOWEST_RATING, max_value=HIGHEST_RATING)
    verified = serializers.BooleanField(read_only=True, help_text="They saw the film here, with a ticket.")

    class Meta:
        model = Rating
        fields = ["id", "movie", "user", "rating", "review", "verified", "created_at", "updated_at"]
        read_only_fields = fields


class Score(StrictIntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=LOWEST_RATING, max_value=HIGHEST_RATING, **options)


class Review(StrictCharField):
    def __init__(self) -> None:
        super().__init__(
            max_length=REVIEW_LENGTH,
            required=False,
            allow_blank=True,
            help_text="Plain text, in which line breaks stay. Published with the rating.",
        )


class NewRatingSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    movie_id = VisibleFilm(source="movie")
    rating = Score()
    review = Review()


class RatingChangesSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    rating = Score(required=False)
    review = Review()


# A page of a film's ratings has what all of them come to beside `items` and `meta`.
SUMMARY_SCHEMA = {
    "type": "object",
    "required": ["average", "count", "spread"],
    "properties": {
        "average": {"type": ["number", "null"], "description": "To two digits; null while nobody has rated it."},
        "count": {"type": "integer"},
        "spread": {
            "type": "object",
            "description": "How many gave each rating.",
            "required": [str(rating) for rating in RATINGS],
            "properties": {str(rating): {"type": "integer"} for rating in RATINGS},
        },
    },
}


def with_summary(page: dict[str, Any]) -> dict[str, Any]:
    """The schema of a page, with `summary`."""
    properties = {**page["properties"], "summary": SUMMARY_SCHEMA}
    return page | {"required": [*page["required"], "summary"], "properties": properties}
