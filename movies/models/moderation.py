"""Reviews that managers hide, and the reports of visitors."""

from typing import TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from movies.models.catalogue import Movie
from movies.models.library import Rating

REASON_LENGTH = 300
REPORT_LENGTH = 500


class HiddenReview(models.Model):
    """What one user writes about one film is hidden: a row of its own, so that it outlives a deleted rating.

    The rating itself still counts.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="hidden_reviews", db_index=False)
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="hidden_reviews")
    reason = models.CharField(max_length=REASON_LENGTH, help_text="The author reads it.")
    hidden_at = models.DateTimeField(default=timezone.now, editable=False)
    hidden_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-hidden_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "movie"], name="hidden_review_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="hidden_review_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class ReportReason(models.TextChoices):
    ABUSIVE = "abusive", "It insults or threatens"
    SPAM = "spam", "It is advertising or spam"
    SPOILER = "spoiler", "It gives the ending away"
    OTHER = "other", "Something else"


class ReportOutcome(models.TextChoices):
    HIDDEN = "hidden", "review hidden"
    DISMISSED = "dismissed", "dismissed"


class ReviewReport(models.Model):
    """A visitor's report of a review: open until `resolved_at`, then `outcome` says how it ended."""

    Reason: TypeAlias = ReportReason
    Outcome: TypeAlias = ReportOutcome

    rating = models.ForeignKey(Rating, models.CASCADE, related_name="reports", db_index=False)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="review_reports")
    reason = models.CharField(max_length=16, choices=ReportReason.choices)
    text = models.CharField(max_length=REPORT_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=16, choices=ReportOutcome.choices, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["rating", "reporter"], name="review_report_once"),
            models.CheckConstraint(condition=Q(reason__in=ReportReason.values), name="review_report_reason_known"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, outcome="")
                | Q(resolved_at__isnull=False, outcome__in=ReportOutcome.values),
                name="review_report_resolved_says_how",
            ),
        ]
        indexes = [
            models.Index("created_at", "id", condition=Q(resolved_at=None), name="review_report_open"),
            models.Index("created_at", "id", name="review_report_newest"),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()
