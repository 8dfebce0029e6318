import pytest

from accounts.tests.factories import ManagerFactory
from catalog_sync import fetch_jobs
from catalog_sync.realtime import job_events
from catalog_sync.tests.fakes.omdb import title_json
from common.services import publishing

COUNTS = ("created", "updated", "unchanged", "failed", "skipped")


@pytest.fixture
def manager(db):
    return ManagerFactory()


@pytest.fixture
def sent(monkeypatch):
    """Return a list that collects the keys of jobs sent to a worker."""
    keys = []
    monkeypatch.setattr(publishing, "publish", lambda _name, arguments, **_options: keys.extend(arguments))
    return keys


@pytest.fixture
def emitted(monkeypatch):
    """Return a list that collects the events as (event, status, progress, total)."""
    emitted = []
    for name in ("progress", "completed", "error"):
        monkeypatch.setattr(
            job_events,
            f"emit_{name}",
            lambda job, name=name: emitted.append((name, str(job.status), job.progress, job.total)),
        )
    return emitted


@pytest.fixture
def lanterns(fake_omdb):
    """Return a function that adds so many films of that name to OMDb."""

    def add(number, **changes):
        for each in range(1, number + 1):
            fake_omdb.titles[f"tt{each:07}"] = title_json(each, **changes)
        return fake_omdb

    return add


@pytest.fixture
def run_search(manager):
    """Return a function that starts a job for a search and runs it."""

    def start_and_run(term="lantern", **options):
        job = fetch_jobs.start(manager, term, **options)
        fetch_jobs.run(job.pk)
        job.refresh_from_db()
        return job

    return start_and_run


def counts(job):
    """Return the counts that are not 0."""
    return {name: number for name in COUNTS if (number := getattr(job, name))}


def searches(fake):
    return [int(request.query["page"]) for request in fake.requests if "s" in request.query]


def details(fake):
    """Return the IMDb ids whose details were fetched, in order."""
    return [request.query["i"] for request in fake.requests if "i" in request.query]
