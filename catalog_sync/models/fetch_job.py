"""Searches at OMDb whose films a worker stores in the catalogue."""

from typing import Any, TypeAlias

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from movies.models import Movie
from movies.models.limits import FIRST_YEAR, LAST_YEAR

# OMDb answers no search of one or two letters.
SHORTEST_TERM, LONGEST_TERM = 3, 100
# Each film uses one call of the day's allowance.
USUAL_LIMIT, HIGHEST_LIMIT = 50, 200


class FetchJobStatus(models.TextChoices):
    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    COMPLETED = "completed", "completed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


_ACTIVE = (FetchJobStatus.QUEUED, FetchJobStatus.RUNNING)
# A sort key, with an index.
ACTIVE_FIRST = Case(When(status__in=_ACTIVE, then=Value(0)), default=Value(1))
_FINISHED = (FetchJobStatus.COMPLETED, FetchJobStatus.FAILED, FetchJobStatus.CANCELLED)


class FetchJob(models.Model):
    """A search. At most one per term and year is active; an ended one has its time, and a failed one its reason.

    `progress` of `total` films are done, whatever the outcome of each; `total` grows during the search.
    """

    Status: TypeAlias = FetchJobStatus

    ACTIVE = _ACTIVE
    FINISHED = _FINISHED

    search_term = models.CharField(max_length=LONGEST_TERM)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    limit = models.PositiveSmallIntegerField(default=USUAL_LIMIT, help_text="Maximum number of films.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="fetch_jobs"
    )
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveIntegerField(default=0, editable=False, help_text="How often a worker has claimed it.")

    # Progress: first the pages of the search, then film by film.
    pages_done = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Pages of the search.")
    searched = models.BooleanField(default=False, editable=False, help_text="Whether the search is complete.")
    found = models.PositiveIntegerField(default=0, help_text="Results of the search at OMDb.")
    pending = ArrayField(
        models.CharField(max_length=12), default=list, blank=True, editable=False, help_text="IMDb ids still to do."
    )
    progress = models.PositiveIntegerField(default=0, help_text="Films done.")
    total = models.PositiveIntegerField(default=0, help_text="Films to fetch, including those done.")

    # Outcome. No foreign keys: a fetched film may be deleted.
    movie_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="Unusable records.")
    skipped = models.PositiveIntegerField(default=0, help_text="Series, episodes and games.")
    error = models.TextField(blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "fetch"
        verbose_name_plural = "fetches"
        constraints = [
            models.UniqueConstraint(
                Lower("search_term"),
                "year",
                condition=Q(status__in=_ACTIVE),
                nulls_distinct=False,
                name="fetch_job_one_active_per_search",
            ),
            models.CheckConstraint(
                condition=Q(status=FetchJobStatus.QUEUED, started_at=None)
                | Q(status=FetchJobStatus.CANCELLED)
                | Q(
                    status__in=[FetchJobStatus.RUNNING, FetchJobStatus.COMPLETED, FetchJobStatus.FAILED],
                    started_at__isnull=False,
                ),
                name="fetch_job_started_says_when",
            ),
            models.CheckConstraint(
                # isnull and a comparison, because a check also accepts NULL, which is neither true nor false.
                condition=Q(status__in=_ACTIVE, finished_at=None)
                | Q(
                    status__in=_FINISHED,
                    finished_at__isnull=False,
                    finished_at__gte=F("created_at"),
                ),
                name="fetch_job_finished_says_when",
            ),
            models.CheckConstraint(
                condition=(Q(status=FetchJobStatus.FAILED) & ~Q(error=""))
                | (~Q(status=FetchJobStatus.FAILED) & Q(error="")),
                name="fetch_job_failed_says_why",
            ),
            models.CheckConstraint(
                condition=Q(progress=F("created") + F("updated") + F("unchanged") + F("failed") + F("skipped")),
                name="fetch_job_counts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    total=F("progress") + Func(F("pending"), function="CARDINALITY", output_field=IntegerField())
                ),
                name="fetch_job_total_is_done_and_pending",
            ),
            models.CheckConstraint(
                condition=~Q(status=FetchJobStatus.COMPLETED) | Q(progress=F("total"), searched=True),
                name="fetch_job_completed_is_done",
            ),
            models.CheckConstraint(
                condition=Q(limit__range=(1, HIGHEST_LIMIT), total__lte=F("limit")), name="fetch_job_within_limit"
            ),
            models.CheckConstraint(condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)), name="fetch_job_year_plausible"),
            models.CheckConstraint(condition=~Q(search_term=""), name="fetch_job_term_not_empty"),
        ]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="fetch_job_newest"),
            models.Index(ACTIVE_FIRST, F("created_at").desc(), F("id").desc(), name="fetch_job_active_first"),
        ]

    def __str__(self) -> str:
        return f"“{self.search_term}” ({self.year})" if self.year else f"“{self.search_term}”"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def movies(self) -> QuerySet[Movie]:
        """The stored films that still exist, in the order in which they were stored."""
        places = [When(pk=pk, then=Value(place)) for place, pk in enumerate(self.movie_ids)]
        order: Any = [Case(*places, output_field=IntegerField())] if places else []
        return Movie.objects.filter(pk__in=self.movie_ids).order_by(*order)

    @cached_property
    def films(self) -> list[Movie]:
        """Return the same films with what a list shows; for many jobs see queries.with_films."""
        return list(self.movies.only("title", "year", "imdb_id"))

    @property
    def remark(self) -> str:
        """A sentence about the result of a completed job, or nothing."""
        if self.status != self.Status.COMPLETED:
            return ""
        if not self.total:
            return "OMDb found no films for this search."
        if self.found > self.total == self.limit:
            return f"OMDb has {self.found:,} films for this; the first {self.limit} were fetched."
        return ""
