"""Runs of the syncs: what they did, and their progress."""

from typing import TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class SyncStatus(models.TextChoices):
    IN_PROGRESS = "in_progress", "in progress"
    SUCCESS = "success", "success"
    FAILED = "failed", "failed"


class SyncLog(models.Model):
    """A run of a sync step. At most one run of a step is in progress; a finished one has its outcome."""

    class Entity(models.TextChoices):
        GENRES = "genres", "genres"
        MOVIES = "movies", "movies"
        RELEASES = "releases", "recent releases"
        CHANGES = "changes", "changes"
        DETAILS = "details", "details"
        ENRICHMENT = "enrichment", "enrichment"
        POSTERS = "posters", "posters"
        NIGHT = "night", "the whole night"
        IDS = "ids", "film ids"

    # The unit of `pages_done`, as readers of the admin see it.
    UNITS = {
        Entity.CHANGES: "day",
        Entity.DETAILS: "batch",
        Entity.ENRICHMENT: "batch",
        Entity.POSTERS: "batch",
        Entity.NIGHT: "step",
        Entity.IDS: "part",
    }

    Status: TypeAlias = SyncStatus

    entity_type = models.CharField(max_length=16, choices=Entity.choices)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.IN_PROGRESS)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_sync_date = models.DateTimeField(null=True, blank=True, help_text="When the latest page was stored.")
    pages_total = models.PositiveIntegerField(default=1)
    pages_done = models.PositiveIntegerField(default=0, help_text="A run is resumed after these.")
    planned = models.BooleanField(default=False, editable=False, help_text="Whether its work is planned.")
    seen_ids = ArrayField(
        models.IntegerField(), default=list, editable=False, help_text="Films stored so far, while in progress."
    )
    todo_ids = ArrayField(
        models.BigIntegerField(), default=list, editable=False, help_text="Films of its plan, while in progress."
    )
    remarks = models.JSONField(default=dict, blank=True, help_text="Further counts by name.")
    total_synced = models.PositiveIntegerField(default=0, help_text="Records seen.")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="Unusable records.")
    error_message = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = "sync run"
        constraints = [
            models.UniqueConstraint(
                fields=["entity_type"], condition=Q(status=SyncStatus.IN_PROGRESS), name="sync_log_one_in_progress"
            ),
            models.CheckConstraint(
                condition=Q(status=SyncStatus.IN_PROGRESS, finished_at=None)
                | Q(
                    status__in=[SyncStatus.SUCCESS, SyncStatus.FAILED],
                    finished_at__isnull=False,
                    finished_at__gte=F("started_at"),
                ),
                name="sync_log_finished_says_when",
            ),
            models.CheckConstraint(
                condition=Q(total_synced=F("created") + F("updated") + F("unchanged") + F("failed")),
                name="sync_log_counts_add_up",
            ),
            models.CheckConstraint(condition=Q(pages_done__lte=F("pages_total")), name="sync_log_pages_within_total"),
            models.CheckConstraint(
                condition=~Q(status=SyncStatus.FAILED) | ~Q(error_message=""), name="sync_log_failed_says_why"
            ),
        ]
        indexes = [models.Index("started_at", "id", name="sync_log_newest")]

    def __str__(self) -> str:
        return f"{self.entity_type} {self.started_at:%Y-%m-%d %H:%M} {self.get_status_display()}"

    @property
    def unit(self) -> str:
        return self.UNITS.get(self.Entity(self.entity_type), "page")

    @property
    def progress(self) -> str:
        return f"{self.unit} {self.pages_done} of {self.pages_total}"
