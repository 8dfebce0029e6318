"""Serializers of reported and hidden reviews. The rules are in movies.library.moderation."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from common.api.fields import StrictCharField
from common.api.parsing import KnownFieldsOnly
from movies.api.serializers.ratings import RatedMovieSerializer
from movies.models import REASON_LENGTH, REPORT_LENGTH, Rating, ReviewReport


class HidingSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    reason = StrictCharField(max_length=REASON_LENGTH, help_text="The author reads it.")


class NewReportSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=ReviewReport.Reason.choices)
    text = StrictCharField(max_length=REPORT_LENGTH, required=False, allow_blank=True)


class ReportSerializer(serializers.ModelSerializer[ReviewReport]):
    """A report as its reporter sees it."""

    rating_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = ReviewReport
        fields = ["id", "rating_id", "reason", "text", "created_at"]
        read_only_fields = fields


class ReportedRatingSerializer(serializers.ModelSerializer[Rating]):
    movie = RatedMovieSerializer(read_only=True)
    user = PersonSerializer(read_only=True)

    class Meta:
        model = Rating
        fields = ["id", "movie", "user", "rating", "review"]
        read_only_fields = fields


class QueuedReportSerializer(serializers.ModelSerializer[ReviewReport]):
    """A report in the queue of managers."""

    rating = ReportedRatingSerializer(read_only=True)
    hidden_reason = serializers.CharField(read_only=True, allow_null=True, help_text="Null if the review is shown.")
    reporter = PersonSerializer(read_only=True)
    resolved_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ReviewReport
        fields = [
            "id",
            "rating",
            "hidden_reason",
            "reporter",
            "reason",
            "text",
            "created_at",
            "resolved_at",
            "resolved_by",
            "outcome",
        ]
        read_only_fields = fields
