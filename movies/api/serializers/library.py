"""Serializers of library imports."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.parsing import KnownFieldsOnly
from movies.models import LibraryImport, LibraryImportRow, Movie


class LibraryImportSerializer(serializers.ModelSerializer[LibraryImport]):
    counts = serializers.DictField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text=f"Number of rows by outcome ({', '.join(LibraryImportRow.Outcome.values)}), without zeros.",
    )

    notes = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Sentences about what was guessed in the file, or left out of it.",
    )

    class Meta:
        model = LibraryImport
        fields = [
            "id",
            "source",
            "filename",
            "overwrite",
            "status",
            "progress",
            "total",
            "notes",
            "error",
            "counts",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields


class NewImportSerializer(KnownFieldsOnly):
    file = serializers.FileField(allow_empty_file=True, use_url=False)
    overwrite = serializers.BooleanField(default=False, help_text="Whether values of the file replace existing ones.")
    source = serializers.ChoiceField(  # type: ignore[assignment] # a field named `source`, not DRF's attribute
        choices=LibraryImport.Source.choices, required=False, help_text="Recognized automatically if omitted."
    )


class RowMovieSerializer(serializers.ModelSerializer[Movie]):
    class Meta:
        model = Movie
        fields = ["id", "title", "year"]


class SaidSerializer(serializers.Serializer[Any]):
    """The main values of a line. Values that the line does not have are left out."""

    title = serializers.CharField(required=False)
    year = serializers.IntegerField(required=False)
    imdb_id = serializers.CharField(required=False)
    tmdb_id = serializers.IntegerField(required=False)
    rating = serializers.IntegerField(required=False)
    review = serializers.CharField(required=False, help_text="The beginning of the review.")
    is_favorite = serializers.BooleanField(required=False)
    at = serializers.CharField(required=False, help_text="A date, or a date and time in UTC.")


class LibraryImportRowSerializer(serializers.ModelSerializer[LibraryImportRow]):
    said = serializers.SerializerMethodField()
    movie = RowMovieSerializer(read_only=True, allow_null=True)

    class Meta:
        model = LibraryImportRow
        fields = ["file", "line", "kind", "said", "movie", "outcome", "message", "note", "applied"]
        read_only_fields = fields

    @extend_schema_field(SaidSerializer)
    def get_said(self, row: Any) -> dict[str, Any]:
        return dict(row.short)
