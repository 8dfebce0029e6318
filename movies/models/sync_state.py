"""How up to date a film is with the providers: a narrow row of its own, because it is written far more often."""

from django.db import models
from django.db.models import Q

from movies.models.catalogue import Movie


class SyncState(models.Model):
    """The state of the nightly sync of one film; a film without a row has only been seen in a list."""

    movie = models.OneToOneField(Movie, on_delete=models.CASCADE, primary_key=True, related_name="sync_state")
    details_synced_at = models.DateTimeField(null=True, blank=True, help_text="When its details came from TMDB.")
    details_wanted = models.BooleanField(default=False, help_text="Fetch it next: changed or requested.")
    tmdb_vanished_at = models.DateTimeField(null=True, blank=True, help_text="When TMDB no longer had it.")
    texts_dropped_at = models.DateTimeField(null=True, blank=True, help_text="When the texts from TMDB were deleted.")
    omdb_synced_at = models.DateTimeField(null=True, blank=True, help_text="When OMDb was last queried for it.")
    poster_source_stored = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="The picture that our poster was made from.",
    )
    poster_key_stored = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="The poster made from it; if the film has another one by now, that was uploaded.",
    )
    poster_tried_at = models.DateTimeField(null=True, blank=True, help_text="When its picture was last fetched.")
    poster_source_failed = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="The picture that could not be fetched."
    )
    poster_failures = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Failures in a row.")
    poster_problem = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="The last failure."
    )
    poster_retry_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When to try again; empty after a final failure, until the picture changes.",
    )

    class Meta:
        verbose_name = "sync state"
        indexes = [
            models.Index(fields=["movie"], condition=Q(details_wanted=True), name="sync_state_wanted"),
            models.Index(
                fields=["details_synced_at"], condition=Q(tmdb_vanished_at=None), name="sync_state_details_age"
            ),
            models.Index(
                fields=["tmdb_vanished_at"],
                condition=Q(tmdb_vanished_at__isnull=False, texts_dropped_at=None),
                name="sync_state_vanished",
            ),
            models.Index(fields=["omdb_synced_at"], name="sync_state_omdb_age"),
        ]

    def __str__(self) -> str:
        return f"State of film {self.movie_id}"
