"""How films and genres look in JSON."""

from rest_framework import serializers

from config.api.sparse import SparseFields
from movies.models import Genre, Movie


class GenreSerializer(serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name", "slug", "tmdb_id"]


class GenreNameSerializer(serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name"]


class PosterSerializer(serializers.Serializer[dict[str, str]]):
    """Addresses of the poster in three widths, in pixels."""

    w185 = serializers.URLField()
    w342 = serializers.URLField()
    w780 = serializers.URLField()


class MovieSerializer(SparseFields, serializers.ModelSerializer[Movie]):
    """A film as lists show it."""

    genres = GenreNameSerializer(many=True, read_only=True)
    average_rating = serializers.FloatField(read_only=True, allow_null=True, help_text="Our visitors', 1-10.")
    vote_average = serializers.FloatField(read_only=True, allow_null=True, help_text="TMDB's, 0-10.")
    poster = PosterSerializer(source="poster_urls", read_only=True, allow_null=True)
    now_showing = serializers.BooleanField(read_only=True)

    class Meta:
        model = Movie
        fields = [
            "id",
            "title",
            "original_title",
            "year",
            "release_date",
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


class MovieDetailSerializer(MovieSerializer):
    """A film with everything that we know of it."""

    imdb_rating = serializers.FloatField(read_only=True, allow_null=True, help_text="IMDb's, 0-10.")

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
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields
