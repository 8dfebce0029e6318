"""Factory of fetch jobs, in any state that the database allows."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.tests.factories import ManagerFactory
from catalog_sync.models import FetchJob


class FetchJobFactory(DjangoModelFactory[FetchJob]):
    """A job whose other columns fit its `status`; `total` and `progress` follow from `pending` and the counts."""

    class Meta:
        model = FetchJob

    search_term = factory.Sequence(lambda n: f"lantern {n}")
    requested_by = factory.SubFactory(ManagerFactory)
    status = FetchJob.Status.QUEUED
    searched = factory.LazyAttribute(lambda job: job.status == FetchJob.Status.COMPLETED)
    progress = factory.LazyAttribute(
        lambda job: sum(getattr(job, name, 0) for name in ("created", "updated", "unchanged", "failed", "skipped"))
    )
    total = factory.LazyAttribute(lambda job: job.progress + len(getattr(job, "pending", [])))
    error = factory.LazyAttribute(lambda job: "OMDb is out of order." if job.status == FetchJob.Status.FAILED else "")
    created_at = factory.LazyFunction(timezone.now)
    started_at = factory.LazyAttribute(lambda job: None if job.status == FetchJob.Status.QUEUED else job.created_at)
    finished_at = factory.LazyAttribute(lambda job: job.created_at if job.status in FetchJob.FINISHED else None)
