"""Concurrent workers and managers, on real PostgreSQL."""

import threading
from contextlib import contextmanager
from functools import partial

import pytest

from accounts.tests.factories import ManagerFactory
from catalog_sync import fetch_jobs
from catalog_sync.fetch_jobs import worker
from catalog_sync.models import FetchJob
from catalog_sync.tests.fetch_jobs.conftest import details, searches
from common.database import advisory_locks
from common.errors import Conflict
from movies.models import Movie
from movies.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

FILMS = 12


@pytest.fixture
def job(lanterns, manager, sent):
    lanterns(FILMS)
    return fetch_jobs.start(manager, "lantern")


@pytest.fixture
def two_workers(job, monkeypatch):
    """Return a function that runs the job twice, the second time while the first waits for its first answer.

    The first waits until the second has made a request as well, or has ended.
    """
    first_request, second_done = threading.Event(), threading.Event()
    fetch = worker.JobOMDbClient._fetch

    def meet(client, path, params):
        if first_request.is_set():
            second_done.set()
        else:
            first_request.set()
            assert second_done.wait(60)
        return fetch(client, path, params)

    def later():
        assert first_request.wait(60)
        try:
            fetch_jobs.run(job.pk)
        finally:
            second_done.set()

    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", meet)
    return lambda: at_once([partial(fetch_jobs.run, job.pk), later])


@pytest.fixture
def _no_lock(monkeypatch):
    @contextmanager
    def always(_name):
        yield True

    monkeypatch.setattr(advisory_locks, "try_lock", always)


def test_one_of_two_workers_runs_a_job(job, two_workers, fake_omdb):
    assert two_workers() == [None, None]
    job.refresh_from_db()
    assert (job.status, job.created, job.attempts, Movie.objects.count()) == ("completed", FILMS, 1, FILMS)
    assert searches(fake_omdb) == [1, 2]
    assert len(details(fake_omdb)) == FILMS


@pytest.mark.usefixtures("_no_lock")
def test_control_without_the_lock_both_make_requests(job, two_workers, fake_omdb):
    """The row is still right because claims are counted: the first worker loses its claim."""
    assert two_workers() == [None, None]
    job.refresh_from_db()
    assert (job.status, job.created, job.attempts, Movie.objects.count()) == ("completed", FILMS, 2, FILMS)
    assert searches(fake_omdb) == [1, 1, 2]


@pytest.mark.usefixtures("_no_lock")
def test_control_without_counted_claims_both_go_on(job, two_workers, fake_omdb, monkeypatch):
    def save_progress(job, **columns):
        FetchJob.objects.filter(pk=job.pk).update(**columns)
        for name, value in columns.items():
            setattr(job, name, value)

    monkeypatch.setattr(worker, "save_progress", save_progress)
    monkeypatch.setattr(worker, "check_claim", lambda _job: None)
    two_workers()
    assert len(details(fake_omdb)) > FILMS


def test_equal_concurrent_requests_make_one_job(sent):
    managers = [ManagerFactory() for _ in range(8)]
    outcomes = at_once([partial(fetch_jobs.start, manager, "Star Wars") for manager in managers])
    [job] = FetchJob.objects.all()
    assert sent == [job.pk]
    assert outcomes.count(job) == 1
    assert [type(outcome) for outcome in outcomes if outcome != job] == [Conflict] * 7


def test_one_of_concurrent_cancellations_counts(job, emitted):
    cancel = [lambda: fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk)) for _ in range(6)]
    outcomes = at_once(cancel)
    assert outcomes.count(job) == 1
    assert [type(outcome) for outcome in outcomes if outcome != job] == [Conflict] * 5
    assert len(emitted) == 1
