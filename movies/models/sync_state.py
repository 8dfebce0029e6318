"""How up to date a film is with the providers: a narrow row of its own, because it is written far more often."""

from typing import TypeAlias

from django.db import models
from django.db.models import Q
from django.utils import timezone

from movies.models.catalogue import Movie


class AdultDecision(models.TextChoices):
    SHOWN = "shown", "stays in the public catalogue"
    HIDDEN = "hidden", "stays out of the public catalogue"


class SyncState(models.Model):
    """The state of the nightly sync of one film; a film without a row has only been seen in a list."""

    AdultDecision: TypeAlias = AdultDecision

    movie = models.OneToOneField(Movie, on_delete=models.CASCADE, primary_key=True, related_name="sync_state")
    details_synced_at = models.DateTimeField(null=True, blank=True, help_text="When its details came from TMDB.")
    details_wanted = models.BooleanField(default=False, help_text="Fetch it next: changed or requested.")
    tmdb_vanished_at = models.DateTimeField(null=True, blank=True, help_text="When TMDB no longer had it.")
    tmdb_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When TMDB was last asked about a film that it no longer has."
    )
    adult_flagged_at = models.DateTimeField(null=True, blank=True, help_text="When TMDB flagged it as adult.")
    adult_decision = models.CharField(
        max_length=8, choices=AdultDecision.choices, blank=True, default="", db_default="", help_text="By a manager."
    )
    twin = models.ForeignKey(
        Movie,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Another film of the catalogue, whose IMDb id TMDB gives to this one.",
    )
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
        constraints = [
            models.CheckConstraint(
                condition=Q(adult_decision__in=["", *AdultDecision.values]), name="sync_state_adult_decision_known"
            ),
        ]
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
            models.Index(
                fields=["adult_flagged_at"], condition=Q(adult_flagged_at__isnull=False), name="sync_state_adult"
            ),
        ]

    def __str__(self) -> str:
        return f"State of film {self.movie_id}"


class FormerFilm(models.Model):
    """What a film was before: a row that was merged into it, or the TMDB id that it had. Old links still lead to it.

    A merged row that had a TMDB id makes two.
    """

    tmdb_id = models.PositiveIntegerField(null=True, help_text="The id that TMDB deleted.")
    film_id = models.BigIntegerField(null=True, help_text="The key of the row that was merged.")
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="former_films")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tmdb_id"], name="former_film_tmdb_id_once"),
            models.UniqueConstraint(fields=["film_id"], name="former_film_row_once"),
            models.CheckConstraint(
                condition=Q(tmdb_id__isnull=False) | Q(film_id__isnull=False), name="former_film_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"TMDB id {self.tmdb_id}" if self.tmdb_id else f"film {self.film_id}"
