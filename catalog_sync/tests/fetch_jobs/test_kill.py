"""A real Celery worker killed by SIGKILL during a job, and its Redis away for a while."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
from celery import Celery
from django.conf import settings

from catalog_sync import fetch_jobs
from catalog_sync.models import FetchJob
from catalog_sync.tests.factories import FetchJobFactory
from catalog_sync.tests.fakes.server import KEY
from catalog_sync.tests.fetch_jobs.conftest import counts, details, searches
from catalog_sync.tests.management.test_commands import database_url
from catalog_sync.tests.nightly.test_kill import wait_until_gone
from movies.models import Movie
from tests.own_redis import OwnRedis, wait_until

# A group is begun before single tests, so that these long ones are not the last.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("killed jobs")]

FILMS = 15


@pytest.fixture
def worker(tmp_path, fake_omdb):
    """Return a context manager that runs a worker and its children."""
    log = tmp_path / "worker.log"

    @contextmanager
    def running(**variables):
        environment = os.environ | {
            "DATABASE_URL": database_url(),
            "OMDB_BASE_URL": fake_omdb.url,
            "OMDB_API_KEY": KEY,
            "TMDB_API_KEY": "",
            **variables,
        }
        celery = [Path(sys.executable).parent / "celery", "-A", "config", "worker", "--concurrency", "1"]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*celery, "--without-gossip", "--without-mingle"],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
            wait_until_gone()

    running.log = log.read_text
    return running


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_until_gone()


def reached(job, films):
    return lambda: FetchJob.objects.get(pk=job.pk).progress >= films


def has_ended(job):
    return lambda: not FetchJob.objects.get(pk=job.pk).is_active


def test_a_job_whose_worker_is_killed_is_resumed_and_not_repeated(lanterns, manager, worker):
    fake = lanterns(FILMS)
    # The eighth film is delayed so long that the signal certainly comes first.
    fake.fail("i=tt0000008", status=500, delay=60)
    job = fetch_jobs.start(manager, "lantern")
    with worker() as process:
        wait_until(reached(job, 4), worker.log)
        kill(process)
    fake.clear_faults()
    left = FetchJob.objects.get()
    assert (left.status, left.attempts) == ("running", 1)
    assert 4 <= left.progress < FILMS
    assert Movie.objects.count() == left.progress

    with worker():
        wait_until(has_ended(job), worker.log)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.total, counts(job)) == ("completed", 2, FILMS, {"created": FILMS})
    assert sorted(Movie.objects.values_list("imdb_id", flat=True)) == sorted(fake.titles)
    assert job.movie_ids == list(Movie.objects.order_by("imdb_id").values_list("pk", flat=True))
    assert searches(fake) == [1, 2]
    twice = [imdb_id for imdb_id, times in Counter(details(fake)).items() if times > 1]
    assert set(details(fake)) == set(fake.titles)
    assert twice in ([], left.pending[:1])  # at most the request under way; no stored film


def test_a_job_completes_although_redis_is_away_for_ten_seconds(lanterns, manager, worker, sent, tmp_path):
    fake = lanterns(FILMS)
    fake.latency = 0.1
    job = fetch_jobs.start(manager, "lantern")  # the worker finds the row when it comes up
    with own_redis(tmp_path) as redis, worker(REDIS_URL=f"{redis.url}/0", BROKER_URL=f"{redis.url}/1") as process:
        wait_until(reached(job, 4), worker.log)
        redis.stop()
        sleep(10)
        job.refresh_from_db()
        assert (job.status, process.poll()) == ("running", None)
        assert job.progress < FILMS  # no request without counting it
        redis.start()
        wait_until(has_ended(job), worker.log)
        job.refresh_from_db()
        assert (job.status, job.error, job.attempts, counts(job)) == ("completed", "", 1, {"created": FILMS})
        assert len(details(fake)) == FILMS

        # The same worker takes the next one.
        following = FetchJobFactory(search_term="keeper", limit=1)
        broker = Celery(broker=f"{redis.url}/1", set_as_current=False)
        broker.send_task("catalog_sync.tasks.resume_fetches", queue="sweeps")
        wait_until(has_ended(following), worker.log)


@contextmanager
def own_redis(folder):
    redis = OwnRedis(folder)
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()
