"""Serializers of the watchlist."""

from typing import Any

from rest_framework import serializers

from common.api.answers.sparse import SparseFields
from common.api.fields import StrictBooleanField
from common.api.parsing import KnownFieldsOnly
from movies.api.serializers.catalogue import MovieSerializer
from movies.api.serializers.fields import VisibleFilmField
from movies.models import WatchlistItem


class WatchlistItemSerializer(SparseFields, serializers.ModelSerializer[WatchlistItem]):
    movie = MovieSerializer(read_only=True)

    class Meta:
        model = WatchlistItem
        fields = ["id", "movie", "is_favorite", "added_at"]
        read_only_fields = fields


class NewWatchlistItemSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    movie_id = VisibleFilmField(source="movie")
    is_favorite = StrictBooleanField(default=False)


class FavoriteSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    is_favorite = StrictBooleanField(required=False)
