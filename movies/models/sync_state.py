"""How up to date a film is with the providers: a narrow row beside the wide one, which is written far more often."""

from django.db import models
from django.db.models import Q

from movies.models.catalogue import Movie


class SyncState(models.Model):
    """What the nights have done for one film; a film without a row was only ever seen in a list."""

    movie = models.OneToOneField(Movie, on_delete=models.CASCADE, primary_key=True, related_name="sync_state")
    details_synced_at = models.DateTimeField(null=True, blank=True, help_text="When all of it came in from TMDB.")
    details_wanted = models.BooleanField(default=False, help_text="It changed there, or somebody asked: next in line.")
    tmdb_vanished_at = models.DateTimeField(null=True, blank=True, help_text="When TMDB had it no more.")
    texts_dropped_at = models.DateTimeField(null=True, blank=True, help_text="When what TMDB had said was deleted.")
    omdb_synced_at = models.DateTimeField(null=True, blank=True, help_text="When OMDb was asked about it.")
    poster_source_stored = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Which of the provider's pictures ours is."
    )
    poster_key_stored = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="What was made of it; a film that has another poster by now got it from somebody.",
    )
    poster_tried_at = models.DateTimeField(null=True, blank=True, help_text="When its picture was last fetched.")
    poster_source_failed = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Which picture did not come in."
    )
    poster_failures = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="How often in a row.")
    poster_problem = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="And why.")
    poster_retry_at = models.DateTimeField(
        null=True, blank=True, help_text="Not before then; none after a failure: it is left until the picture changes."
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
