"""Imports of library files from other services, row by row."""

from typing import TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from movies.models.catalogue import Movie


class ImportStatus(models.TextChoices):
    CHECKING = "checking", "being checked"
    CHECKED = "checked", "checked, not imported yet"
    APPLYING = "applying", "being imported"
    DONE = "done", "imported"
    FAILED = "failed", "failed"


class LibraryImport(models.Model):
    """The import of one file or zip. A dry run checks it and writes nothing; the user then decides to apply it."""

    class Source(models.TextChoices):
        MARQUEE = "marquee", "Marquee"
        LETTERBOXD = "letterboxd", "Letterboxd"
        IMDB = "imdb", "IMDb"
        TRAKT = "trakt", "Trakt"
        TMDB = "tmdb", "TMDB"
        SIMKL = "simkl", "Simkl"
        MOVARY = "movary", "Movary"

    Status: TypeAlias = ImportStatus

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="library_imports")
    source = models.CharField(
        max_length=16, choices=Source.choices, blank=True, help_text="Empty until the file is read, unless it was said."
    )
    filename = models.CharField(max_length=200, blank=True)
    overwrite = models.BooleanField(default=False, help_text="Replace what is in the library by what the file says.")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.CHECKING)
    progress = models.PositiveIntegerField(default=0, help_text="Rows checked, or rows applied.")
    total = models.PositiveIntegerField(default=0, help_text="Rows of the file.")
    counts = models.JSONField(default=dict, help_text="Rows by outcome; kept after the rows are deleted.")
    notes = models.JSONField(default=list, help_text="Sentences about what was guessed in the file, or left out of it.")
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


class LibraryImportPart(models.Model):
    """A part of a file that no worker has read yet. Reading deletes it."""

    job = models.ForeignKey(LibraryImport, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="library_import_part_once")]

    def __str__(self) -> str:
        return f"{self.job_id}.{self.number}"


class LibraryImportRow(models.Model):
    """One rating, viewing, watchlist item, favourite or own film of a line; a diary line can be several of them."""

    class Kind(models.TextChoices):
        FILM = "film", "own film"
        RATING = "rating", "rating"
        WATCHLIST = "watchlist", "watchlist"
        FAVORITE = "favorite", "favourite"
        VIEWING = "viewing", "viewing"

    class Outcome(models.TextChoices):
        UNCHECKED = "unchecked", "not checked yet"
        CREATE = "create", "new"
        CHANGE = "change", "changes what you have"
        UNCHANGED = "unchanged", "already in your library"
        KEPT = "kept", "differs; yours is kept"
        UNMATCHED = "unmatched", "film not found"
        AMBIGUOUS = "ambiguous", "several films match"
        INVALID = "invalid", "not readable"

    job = models.ForeignKey(LibraryImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    file = models.CharField(max_length=200, blank=True, help_text="The file of a zip.")
    line = models.PositiveIntegerField(help_text="Line of the file, counted from 1, heading included.")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    said = models.JSONField(help_text="What the line says, in our units.")
    movie = models.ForeignKey(Movie, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.UNCHECKED)
    message = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text="What was left out of the line, or is uncertain about its film.")
    applied = models.BooleanField(default=False)

    class Meta:
        ordering = ["file", "line", "id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "file", "line", "kind"], name="library_import_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.kind}"


class FilmImport(models.Model):
    """The import of a manager's file of films, which a worker carries out: all rows in one transaction, or none.

    The result is of the same transaction as the films: without one, nothing has been written.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="film_imports")
    data = models.TextField(blank=True, help_text="Headings and rows of the file as JSON, until they are imported.")
    total = models.PositiveIntegerField(help_text="Rows of the file.")
    result = models.JSONField(null=True, help_text="How many films are new, changed and unchanged; or why none is.")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None, result=None)
                | Q(finished_at__isnull=False, result__isnull=False, data=""),
                name="film_import_finished_has_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total:,} films"

    @property
    def has_errors(self) -> bool:
        return self.result is not None and "counts" not in self.result

    def refusals(self) -> list[tuple[int, str, str, str]]:
        """Return (row, title, field, message) of rows that were refused."""
        return [(row, title, field, message) for row, title, field, message in (self.result or {}).get("refusals", ())]
