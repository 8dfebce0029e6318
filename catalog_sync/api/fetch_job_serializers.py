"""Serializers of fetch jobs."""

from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from catalog_sync.models import FetchJob
from catalog_sync.models.fetch_job import (
    HIGHEST_LIMIT,
    LONGEST_TERM,
    SHORTEST_TERM,
    USUAL_LIMIT,
)
from common.api.fields import StrictCharField, StrictIntegerField
from common.api.parsing import KnownFieldsOnly
from movies.models import Movie
from movies.models.limits import FIRST_YEAR, LAST_YEAR


class FetchedMovieSerializer(serializers.ModelSerializer[Movie]):
    class Meta:
        model = Movie
        fields = ["id", "title", "year", "imdb_id"]
        read_only_fields = fields


class FetchJobSerializer(serializers.ModelSerializer[FetchJob]):
    movies = FetchedMovieSerializer(
        source="films", many=True, read_only=True, help_text="The films stored so far, in OMDb's order."
    )
    requested_by = PersonSerializer(read_only=True, allow_null=True, help_text="Null after the account was deleted.")
    remark = serializers.CharField(
        read_only=True, help_text="A sentence about the result of a completed job, or empty."
    )

    class Meta:
        model = FetchJob
        fields = [
            "id",
            "search_term",
            "year",
            "limit",
            "status",
            "progress",
            "total",
            "found",
            "movies",
            "created",
            "updated",
            "unchanged",
            "failed",
            "skipped",
            "remark",
            "error",
            "requested_by",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "progress": {"help_text": "Films done: created + updated + unchanged + failed + skipped."},
            "total": {"help_text": "Films to do, done ones included; it grows during the search."},
            "error": {"help_text": "The reason of a failure, in a sentence. Films stored before stay."},
        }


class NewFetchSerializer(KnownFieldsOnly):
    """Serializer of a new job. Its limits are documented here and checked by `fetch_jobs.start`."""

    search_term = StrictCharField(help_text=f"{SHORTEST_TERM} to {LONGEST_TERM} characters of a title.")
    year = StrictIntegerField(required=False, allow_null=True, help_text=f"Of the film, {FIRST_YEAR} to {LAST_YEAR}.")
    limit = StrictIntegerField(
        required=False,
        allow_null=True,
        help_text=f"Maximum number of films, 1 to {HIGHEST_LIMIT}; default {USUAL_LIMIT}.",
    )
