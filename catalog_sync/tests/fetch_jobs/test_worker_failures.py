"""Fetch jobs that fail, and jobs that another worker resumes."""

import pytest
from django.db import OperationalError

from catalog_sync import fetch_jobs
from catalog_sync.clients.budget import DailyBudget
from catalog_sync.clients.omdb import OMDbClient
from catalog_sync.fetch_jobs import claims, worker
from catalog_sync.models import FetchJob
from catalog_sync.tests.fetch_jobs.conftest import counts, details, searches
from movies.models import Movie

pytestmark = pytest.mark.django_db


def test_a_refused_key_fails_the_job(lanterns, run_search, emitted):
    fake = lanterns(3)
    fake.fail("i=tt0000002", status=401, body=b'{"Response":"False","Error":"Invalid API key!"}')
    job = run_search()
    assert (job.status, job.error) == ("failed", "OMDb does not accept the key in OMDB_API_KEY.")
    assert (job.progress, job.total, counts(job)) == (1, 3, {"created": 1})  # what was stored stays
    assert Movie.objects.count() == 1
    assert job.finished_at
    assert emitted[-1] == ("error", "failed", 1, 3)


def test_a_missing_key_fails_the_job(run_search, settings):
    settings.OMDB_API_KEY = ""
    job = run_search()
    assert (job.status, job.error) == ("failed", "OMDB_API_KEY is not set.")


def test_an_outage_fails_the_job(lanterns, run_search):
    fake = lanterns(2)
    fake.fail("i=tt0000001", status=503, times=4)
    job = run_search()
    assert (job.status, job.error, job.progress) == ("failed", "OMDb is out of order (status 503).", 0)


def test_refusals_of_every_request_fail_the_job(lanterns, run_search):
    fake = lanterns(20)
    fake.fail("i=tt", status=403, times=12)
    job = run_search()
    assert (job.status, job.error) == ("failed", "OMDb refused the request (status 403).")
    assert (counts(job), job.total) == ({"failed": 11}, 20)


def test_a_tenth_of_the_allowance_is_left_for_look_ups(lanterns, run_search, settings):
    settings.OMDB_DAILY_LIMIT = 20
    fake = lanterns(30)
    job = run_search()
    assert (job.status, job.error) == ("failed", "The allowance of OMDb calls for today is spent.")
    assert len(fake.requests) == 18
    assert counts(job) == {"created": 15}  # and 3 pages of the search
    assert DailyBudget(fake.url.split("/")[2], 20).remaining() == 2


def test_an_internal_error_fails_the_job_without_its_message_and_is_raised(lanterns, run_search, monkeypatch):
    lanterns(1)

    def stumble(_row):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(worker, "adopt_row", stumble)
    with pytest.raises(ZeroDivisionError):
        run_search()
    job = FetchJob.objects.get()
    assert (job.status, job.error) == ("failed", "Stopped by an error of our own (ZeroDivisionError).")


def test_a_lost_database_leaves_the_job_running(lanterns, run_search, monkeypatch):
    lanterns(2)
    adopt, lost = worker.adopt_row, [OperationalError("gone")]

    def lose(row):
        if lost:
            raise lost.pop()
        return adopt(row)

    monkeypatch.setattr(worker, "adopt_row", lose)
    with pytest.raises(OperationalError):
        run_search()
    job = FetchJob.objects.get()
    assert (job.status, job.progress) == ("running", 0)
    fetch_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.progress) == ("completed", 2)


def test_an_ended_job_is_not_run_again(lanterns, run_search):
    fake = lanterns(2)
    job = run_search()
    before = len(fake.requests)
    fetch_jobs.run(job.pk)
    fetch_jobs.run(job.pk + 1)
    assert len(fake.requests) == before


@pytest.mark.parametrize("end", ["i=tt0000013", "page=2"])
def test_an_interrupted_job_is_resumed(lanterns, manager, monkeypatch, end):
    """The process ends by SystemExit, as after a signal."""
    fake = lanterns(15)
    job = fetch_jobs.start(manager, "lantern")
    fetched = worker.JobOMDbClient._fetch

    def killed(client, path, params):
        if end in "&".join(f"{name}={value}" for name, value in params.items()):
            raise SystemExit
        return fetched(client, path, params)

    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", killed)
    with pytest.raises(SystemExit):
        fetch_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("running", 1)
    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", fetched)
    fetch_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts, counts(job)) == ("completed", 2, {"created": 15})
    assert searches(fake) == [1, 2]
    assert details(fake) == [f"tt{number:07}" for number in range(1, 16)]


def test_a_superseded_worker_stores_nothing_more(lanterns, manager, monkeypatch):
    """It lost its connection, and with it the lock, and another process has resumed the job."""
    fake = lanterns(3)
    job = fetch_jobs.start(manager, "lantern")
    by_id = OMDbClient.by_id

    def meanwhile(client, imdb_id):
        row = by_id(client, imdb_id)
        if imdb_id == "tt0000002":
            claims.begin_attempt(job.pk)
        return row

    monkeypatch.setattr(OMDbClient, "by_id", meanwhile)
    fetch_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.progress, job.attempts, Movie.objects.count()) == ("running", 1, 2, 1)
    assert len(details(fake)) == 2
