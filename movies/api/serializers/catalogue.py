"""Serializers of films and genres."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.answers.sparse import SparseFields
from movies.models import Genre, Movie, Rating, WatchlistItem


class GenreSerializer(serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name", "slug", "tmdb_id"]


class GenreNameSerializer(serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name"]


class PosterSerializer(serializers.Serializer[dict[str, str]]):
    """Addresses of the poster, by width in pixels."""

    w185 = serializers.URLField()
    w342 = serializers.URLField()
    w780 = serializers.URLField()


class RegionalReleaseSerializer(serializers.Serializer[dict[str, Any]]):
    """The latest release of a film in the cinemas of our region, past or coming; a re-release counts."""

    region = serializers.CharField(help_text="As TMDB names it, such as DE.")
    date = serializers.DateField()


class MovieSerializer(SparseFields, serializers.ModelSerializer[Movie]):
    """A film in a list."""

    genres = GenreNameSerializer(many=True, read_only=True)
    average_rating = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Average rating by our visitors, 1-10."
    )
    vote_average = serializers.FloatField(read_only=True, allow_null=True, help_text="Average rating on TMDB, 0-10.")
    poster = PosterSerializer(source="poster_urls", read_only=True, allow_null=True)
    now_showing = serializers.BooleanField(read_only=True)
    regional_release = RegionalReleaseSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Movie
        fields = [
            "id",
            "title",
            "original_title",
            "year",
            "release_date",
            "regional_release",
            "runtime",
            "genres",
            "certification",
            "age_restriction",
            "popularity",
            "average_rating",
            "ratings_count",
            "vote_average",
            "poster",
            "now_showing",
        ]
        read_only_fields = fields


class MyRatingSerializer(serializers.ModelSerializer[Rating]):
    """Your own rating of the film."""

    verified = serializers.BooleanField(read_only=True, help_text="Whether you saw the film here, with a ticket.")

    class Meta:
        model = Rating
        fields = ["id", "rating", "review", "verified", "created_at", "updated_at"]
        read_only_fields = fields


class MyWatchlistItemSerializer(serializers.ModelSerializer[WatchlistItem]):
    """The item of your watchlist that has this film."""

    class Meta:
        model = WatchlistItem
        fields = ["id", "is_favorite", "added_at"]
        read_only_fields = fields


class MovieDetailSerializer(MovieSerializer):
    """Everything about one film, with your own rating and watchlist item."""

    imdb_rating = serializers.FloatField(read_only=True, allow_null=True, help_text="Rating on IMDb, 0-10.")
    is_private = serializers.BooleanField(
        read_only=True, help_text="Whether this is a private film, visible to its owner only."
    )
    my_rating = serializers.SerializerMethodField(help_text="Null if there is none, or if you are not signed in.")
    my_watchlist_item = serializers.SerializerMethodField(
        help_text="Null if there is none, or if you are not signed in."
    )

    class Meta(MovieSerializer.Meta):
        fields = [
            *MovieSerializer.Meta.fields,
            "tmdb_id",
            "imdb_id",
            "original_language",
            "overview",
            "tagline",
            "directors",
            "cast",
            "vote_count",
            "imdb_rating",
            "imdb_votes",
            "metascore",
            "trailer",
            "is_private",
            "locked_fields",
            "my_rating",
            "my_watchlist_item",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(MyRatingSerializer(allow_null=True))
    def get_my_rating(self, movie: Movie) -> dict[str, Any] | None:
        return _serialize_first(MyRatingSerializer, getattr(movie, "my_ratings", []))

    @extend_schema_field(MyWatchlistItemSerializer(allow_null=True))
    def get_my_watchlist_item(self, movie: Movie) -> dict[str, Any] | None:
        return _serialize_first(MyWatchlistItemSerializer, getattr(movie, "my_watchlist_items", []))


def _serialize_first(serializer: type[serializers.BaseSerializer[Any]], rows: list[Any]) -> dict[str, Any] | None:
    return serializer(rows[0]).data if rows else None
