"""Several workers and several managers at the same moment, on real PostgreSQL."""

import threading
from contextlib import contextmanager
from functools import partial

import pytest

from accounts.tests.factories import ManagerFactory
from catalog_sync import fetch_jobs
from catalog_sync.fetch_jobs import worker
from catalog_sync.models import FetchJob
from catalog_sync.tests.fetch_jobs.conftest import details, searches
from common import advisory_locks
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
    """Two that get the same job: the second while the first waits for the answer to its first call. The first waits
    until the second has asked something as well, or has gone."""
    first_asks, second_came = threading.Event(), threading.Event()
    ask = worker.JobOMDbClient._fetch

    def meet(door, path, params):
        if first_asks.is_set():
            second_came.set()
        else:
            first_asks.set()
            assert second_came.wait(20)
        return ask(door, path, params)

    def later():
        assert first_asks.wait(20)
        try:
            fetch_jobs.carry_out(job.pk)
        finally:
            second_came.set()

    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", meet)
    return lambda: at_once([partial(fetch_jobs.carry_out, job.pk), later])


@pytest.fixture
def _no_sign_of_life(monkeypatch):
    @contextmanager
    def everybody(_name):
        yield True

    monkeypatch.setattr(advisory_locks, "try_lock", everybody)


def test_of_two_workers_one_carries_a_job_out(job, two_workers, fake_omdb):
    assert two_workers() == [None, None]
    job.refresh_from_db()
    assert (job.status, job.created, job.attempts, Movie.objects.count()) == ("completed", FILMS, 1, FILMS)
    assert searches(fake_omdb) == [1, 2]
    assert len(details(fake_omdb)) == FILMS


@pytest.mark.usefixtures("_no_sign_of_life")
def test_without_the_sign_of_life_both_ask(job, two_workers, fake_omdb):
    """The control. That the row is right nevertheless is owed to the count of the claims: the first one leaves."""
    assert two_workers() == [None, None]
    job.refresh_from_db()
    assert (job.status, job.created, job.attempts, Movie.objects.count()) == ("completed", FILMS, 2, FILMS)
    assert searches(fake_omdb) == [1, 1, 2]


@pytest.mark.usefixtures("_no_sign_of_life")
def test_without_the_count_of_the_claims_both_go_on(job, two_workers, fake_omdb, monkeypatch):
    """The control of the other half."""

    def record(job, **columns):
        FetchJob.objects.filter(pk=job.pk).update(**columns)
        for name, value in columns.items():
            setattr(job, name, value)

    monkeypatch.setattr(worker, "record", record)
    monkeypatch.setattr(worker, "check", lambda _job: None)
    two_workers()
    assert len(details(fake_omdb)) > FILMS


def test_of_many_equal_requests_one_makes_a_job(sent):
    managers = [ManagerFactory() for _ in range(8)]
    outcomes = at_once([partial(fetch_jobs.start, manager, "Star Wars") for manager in managers])
    [job] = FetchJob.objects.all()
    assert sent == [job.pk]
    assert outcomes.count(job) == 1
    assert [type(outcome) for outcome in outcomes if outcome != job] == [Conflict] * 7


def test_of_many_cancellations_one_counts(job, told):
    cancel = [lambda: fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk)) for _ in range(6)]
    outcomes = at_once(cancel)
    assert outcomes.count(job) == 1
    assert [type(outcome) for outcome in outcomes if outcome != job] == [Conflict] * 5
    assert len(told) == 1
