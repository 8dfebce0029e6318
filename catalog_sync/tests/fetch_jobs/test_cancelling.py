"""Fetch jobs that are cancelled while a worker runs them."""

from contextlib import suppress

import pytest

from catalog_sync import fetch_jobs
from catalog_sync.clients.errors import Unavailable
from catalog_sync.clients.omdb import OMDbClient
from catalog_sync.fetch_jobs import worker
from catalog_sync.models import FetchJob
from catalog_sync.tests.fetch_jobs.conftest import details
from movies.models import Movie

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("moment", ["page=1", "page=2", "i=tt0000001", "i=tt0000007"])
def test_a_cancelled_job_makes_no_further_call_and_stores_nothing_more(lanterns, manager, monkeypatch, moment):
    fake = lanterns(20)
    job = fetch_jobs.start(manager, "lantern")
    stored = []
    fetched = worker.JobOMDbClient._fetch

    def fetch(client, path, params):
        body = fetched(client, path, params)
        if moment in "&".join(f"{name}={value}" for name, value in params.items()):
            fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk))
            stored.append(len(fake.requests))
        return body

    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", fetch)
    fetch_jobs.run(job.pk)
    assert stored == [len(fake.requests)]
    job.refresh_from_db()
    assert (job.status, job.progress) == ("cancelled", Movie.objects.count())
    assert Movie.objects.count() == max(len(details(fake)) - 1, 0)


def test_a_cancelled_job_makes_no_retry(lanterns, manager, monkeypatch):
    fake = lanterns(2)
    fake.fail("i=tt0000001", status=503, times=4)
    job = fetch_jobs.start(manager, "lantern")
    monkeypatch.setattr(
        "catalog_sync.clients.base.ProviderClient._sleep",
        lambda _client, _seconds: fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk)),
    )
    fetch_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, len(details(fake))) == ("cancelled", 1)


def test_a_cancelled_queued_job_never_starts(lanterns, manager):
    fake = lanterns(2)
    job = fetch_jobs.start(manager, "lantern")
    fetch_jobs.cancel(job)
    fetch_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.started_at, job.attempts, fake.requests) == ("cancelled", None, 0, [])


@pytest.mark.parametrize("error", [Unavailable("OMDb is away."), ZeroDivisionError()])
def test_a_cancelled_job_does_not_fail_afterwards(lanterns, manager, monkeypatch, error, emitted):
    """The first end counts."""
    lanterns(1)
    job = fetch_jobs.start(manager, "lantern")

    def cancelled_and_broken(_client, _imdb_id):
        fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk))
        raise error

    monkeypatch.setattr(OMDbClient, "by_id", cancelled_and_broken)
    with suppress(ZeroDivisionError):
        fetch_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error) == ("cancelled", "")
    assert "error" not in [name for name, *_ in emitted]
