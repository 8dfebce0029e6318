import pytest

from accounts.tests.factories import ManagerFactory
from catalog_sync import fetch_jobs
from catalog_sync.fetch_jobs import claims
from catalog_sync.realtime import job_events
from catalog_sync.tests.fakes.omdb import title_json

COUNTS = ("created", "updated", "unchanged", "failed", "skipped")


@pytest.fixture
def manager(db):
    return ManagerFactory()


@pytest.fixture
def sent(monkeypatch):
    """The keys of the jobs that were given to a worker."""
    keys = []
    monkeypatch.setattr(claims.app, "send_task", lambda _name, arguments, **_options: keys.extend(arguments))
    return keys


@pytest.fixture
def told(monkeypatch):
    """What was told by socket, as (event, status, progress, total)."""
    events = []
    for name in ("progress", "completed", "error"):
        monkeypatch.setattr(
            job_events, name, lambda job, name=name: events.append((name, str(job.status), job.progress, job.total))
        )
    return events


@pytest.fixture
def lanterns(fake_omdb):
    """Puts so many films of that name into OMDb."""

    def put(number, **changes):
        for each in range(1, number + 1):
            fake_omdb.titles[f"tt{each:07}"] = title_json(each, **changes)
        return fake_omdb

    return put


@pytest.fixture
def carried_out(manager):
    """A job for this search, carried out."""

    def carry_out(term="lantern", **options):
        job = fetch_jobs.start(manager, term, **options)
        fetch_jobs.carry_out(job.pk)
        job.refresh_from_db()
        return job

    return carry_out


def counts(job):
    """Those that are not 0."""
    return {name: number for name in COUNTS if (number := getattr(job, name))}


def searches(fake):
    return [int(asked.query["page"]) for asked in fake.requests if "s" in asked.query]


def details(fake):
    """The IMDb ids whose details were asked for, in that order."""
    return [asked.query["i"] for asked in fake.requests if "i" in asked.query]
