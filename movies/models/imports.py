"""A file that somebody brings in from elsewhere, row by row: what would happen, and what did."""

from typing import TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from movies.models.catalogue import Movie


class ImportStatus(models.TextChoices):
    CHECKING = "checking", "being checked"
    CHECKED = "checked", "checked, nothing written yet"
    APPLYING = "applying", "being brought in"
    DONE = "done", "brought in"
    FAILED = "failed", "failed"


class LibraryImport(models.Model):
    """One file. It is checked first (nothing is written to the library then), and applied when its owner says so."""

    class Source(models.TextChoices):
        MARQUEE = "marquee", "Marquee"
        LETTERBOXD = "letterboxd", "Letterboxd"
        IMDB = "imdb", "IMDb"
        TRAKT = "trakt", "Trakt"

    Status: TypeAlias = ImportStatus

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="library_imports")
    source = models.CharField(max_length=16, choices=Source.choices)
    filename = models.CharField(max_length=200, blank=True)
    overwrite = models.BooleanField(default=False, help_text="What the file says beats what is there.")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.CHECKING)
    progress = models.PositiveIntegerField(default=0, help_text="Rows checked, or then applied.")
    total = models.PositiveIntegerField(default=0, help_text="Rows.")
    counts = models.JSONField(default=dict, help_text="Rows by outcome; kept when the rows are not.")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=[ImportStatus.CHECKING, ImportStatus.APPLYING]),
                name="library_import_one_at_a_time",
            ),
            models.CheckConstraint(condition=Q(progress__lte=F("total")), name="library_import_progress_within_total"),
            models.CheckConstraint(
                condition=~Q(status=ImportStatus.FAILED) | ~Q(error=""), name="library_import_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.filename or self.get_source_display()


class LibraryImportRow(models.Model):
    """One thing that a line of the file says: a diary line may be a viewing and a rating."""

    class Kind(models.TextChoices):
        FILM = "film", "own film"
        RATING = "rating", "rating"
        WATCHLIST = "watchlist", "watchlist"
        VIEWING = "viewing", "viewing"

    class Outcome(models.TextChoices):
        UNCHECKED = "unchecked", "not checked yet"
        CREATE = "create", "new"
        CHANGE = "change", "changes what is there"
        UNCHANGED = "unchanged", "is there already"
        KEPT = "kept", "differs; what is there stays"
        UNMATCHED = "unmatched", "film not found"
        AMBIGUOUS = "ambiguous", "several films fit"
        INVALID = "invalid", "cannot be read"

    job = models.ForeignKey(LibraryImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField(help_text="Of the file, counted from 1 with its heading.")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    said = models.JSONField(help_text="What the line says, in our units.")
    movie = models.ForeignKey(Movie, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.UNCHECKED)
    message = models.TextField(blank=True)
    applied = models.BooleanField(default=False)

    class Meta:
        ordering = ["line", "id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "line", "kind"], name="library_import_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.kind}"
