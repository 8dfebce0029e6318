import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.people import closing
from catalog_sync import fetch_jobs, tasks
from catalog_sync.fetch_jobs import claims, requests
from catalog_sync.models import FetchJob
from catalog_sync.tests.factories import FetchJobFactory
from common.database import advisory_locks
from common.errors import Conflict
from common.services import publishing

pytestmark = pytest.mark.django_db


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks(execute=True)


def test_a_job_is_sent_to_a_worker_after_the_commit(manager, sent, commits):
    with commits:
        job = fetch_jobs.start(manager, "  Star \t Wars ", 1977, 20)
        assert sent == []
    assert sent == [job.pk]
    job.refresh_from_db()
    assert (job.search_term, job.year, job.limit, job.requested_by) == ("Star Wars", 1977, 20, manager)
    assert (job.status, job.progress, job.total, job.started_at, job.finished_at) == ("queued", 0, 0, None, None)
    assert str(job) == "“Star Wars” (1977)"


def test_default_values(manager, sent):
    job = fetch_jobs.start(manager, "star")
    assert (job.year, job.limit, str(job)) == (None, 50, "“star”")


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"search_term": ""}, ["search_term"]),
        ({"search_term": "ab"}, ["search_term"]),
        ({"search_term": " a  b "[:3]}, ["search_term"]),
        ({"search_term": "x" * 101}, ["search_term"]),
        ({"search_term": "star\0wars"}, ["search_term"]),
        ({"search_term": "star\ud800"}, ["search_term"]),
        ({"year": 1869}, ["year"]),
        ({"year": 2201}, ["year"]),
        ({"year": -(10**30)}, ["year"]),
        ({"limit": 0}, ["limit"]),
        ({"limit": 201}, ["limit"]),
        ({"search_term": "", "year": 1, "limit": -1}, ["limit", "search_term", "year"]),
    ],
)
def test_bad_input_is_named_by_field(manager, sent, given, fields):
    with pytest.raises(ValidationError) as refused:
        fetch_jobs.start(manager, **{"search_term": "star wars"} | given)
    assert sorted(refused.value.message_dict) == fields
    assert not FetchJob.objects.exists()


@pytest.mark.parametrize("term", ["東京物語", "Ran乱!", "x" * 100, "Amélie", "%_'\";--"])
def test_terms_in_other_scripts_and_signs(manager, sent, term):
    assert fetch_jobs.start(manager, term).search_term == term


@pytest.mark.parametrize(
    ("active", "message"),
    [
        ({}, "The same search is waiting for a worker: fetch {}."),
        (
            {"status": "running", "created": 2, "pending": ["tt0000001"]},
            "The same search is running, at 2 of 3 films: fetch {}.",
        ),
    ],
)
def test_an_equal_active_job_is_a_conflict(manager, sent, active, message):
    other = FetchJobFactory(search_term="Star Wars", year=1977, **active)
    with pytest.raises(Conflict) as conflict:
        fetch_jobs.start(manager, "STAR  wars", 1977)
    assert (conflict.value.message, conflict.value.code) == (message.format(other.pk), "duplicate")
    assert [error.field for error in conflict.value.errors] == ["search_term"]
    assert FetchJob.objects.get() == other


def test_searches_without_a_year_are_equal(manager, sent):
    fetch_jobs.start(manager, "star wars")
    with pytest.raises(Conflict):
        fetch_jobs.start(manager, "star wars", None, 10)
    fetch_jobs.start(manager, "star wars", 1977)


@pytest.mark.parametrize("status", FetchJob.FINISHED)
def test_an_ended_search_can_be_started_again(manager, sent, status):
    FetchJobFactory(search_term="star wars", status=status)
    fetch_jobs.start(manager, "star wars")


def test_an_equal_job_that_has_just_ended(manager, sent, monkeypatch):
    FetchJobFactory(search_term="star wars")
    duplicate_error = requests._duplicate_error

    def late(*search):
        FetchJob.objects.all().delete()
        return duplicate_error(*search)

    monkeypatch.setattr(requests, "_duplicate_error", late)
    with pytest.raises(Conflict, match="has just ended"):
        fetch_jobs.start(manager, "star wars")


def test_without_a_broker_the_row_waits_for_the_next_round(manager, monkeypatch, commits):
    def away(*_arguments, **_options):
        raise ConnectionError

    monkeypatch.setattr(publishing, "publish", away)
    with commits:
        job = fetch_jobs.start(manager, "star wars")
    assert FetchJob.objects.get().status == "queued"
    messages = []
    monkeypatch.setattr(publishing, "publish", lambda *message, **options: messages.append((message, options)))
    tasks.resume_fetches()
    assert messages == [(("catalog_sync.tasks.carry_out_fetch", [job.pk]), {"expires": 60})]


def test_each_round_resumes_idle_jobs(sent):
    queued, running = FetchJobFactory(), FetchJobFactory(status="running")
    for status in FetchJob.FINISHED:
        FetchJobFactory(status=status)
    assert fetch_jobs.resume() == sent == [queued.pk, running.pk]
    with advisory_locks.try_lock(claims.lock_name(running.pk)) as is_ours:
        assert is_ours
        assert fetch_jobs.resume() == [queued.pk]


def test_a_starting_worker_resumes_jobs(monkeypatch):
    given = []
    monkeypatch.setattr(publishing, "publish", given.append)
    tasks.worker_ready.send(sender=None)
    assert given == ["catalog_sync.tasks.resume_fetches"]


def test_the_task_runs_the_job(fake_omdb, manager, sent):
    job = fetch_jobs.start(manager, "star wars")
    tasks.carry_out_fetch(job.pk)
    job.refresh_from_db()
    assert job.status == "completed"


@pytest.mark.parametrize("status", FetchJob.ACTIVE)
def test_a_cancelled_job_ends_at_once(status, emitted, commits, sent):
    job = FetchJobFactory(status=status, created=1, pending=["tt0000002"])
    with commits:
        assert fetch_jobs.cancel(job) is job
    job.refresh_from_db()
    assert (job.status, job.progress, job.total, job.pending) == ("cancelled", 1, 2, ["tt0000002"])
    assert job.finished_at >= job.created_at
    assert emitted == [("progress", "cancelled", 1, 2)]


@pytest.mark.parametrize("status", FetchJob.FINISHED)
def test_an_ended_job_cannot_be_cancelled(status):
    job = FetchJobFactory(status=status)
    with pytest.raises(Conflict, match=f"This fetch has ended: {status}"):
        fetch_jobs.cancel(job)
    assert FetchJob.objects.get().status == status


def test_the_job_stays_when_the_account_is_closed(manager, sent):
    job = fetch_jobs.start(manager, "star wars")
    closing.close_account(manager)
    job.refresh_from_db()
    assert job.requested_by is None


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("one_active_per_search", {"search_term": "Star Wars"}),
        ("finished_says_when", {"status": "stuck"}),
        ("started_says_when", {"status": "running", "started_at": None}),
        ("started_says_when", {"status": "failed", "started_at": None, "error": "x"}),
        ("finished_says_when", {"status": "completed", "finished_at": None}),
        ("finished_says_when", {"status": "running", "finished_at": "2026-01-01T00:00:00Z"}),
        ("failed_says_why", {"status": "failed", "error": ""}),
        ("failed_says_why", {"error": "while queued"}),
        ("counts_add_up", {"progress": 1}),
        ("total_is_done_and_pending", {"total": 1}),
        ("completed_is_done", {"status": "completed", "pending": ["tt0000001"]}),
        ("within_limit", {"limit": 0}),
        ("within_limit", {"limit": 201}),
        ("within_limit", {"limit": 1, "pending": ["tt0000001", "tt0000002"]}),
        ("year_plausible", {"year": 1}),
        ("term_not_empty", {"search_term": ""}),
    ],
)
def test_inconsistent_rows_are_refused(name, columns):
    FetchJobFactory(search_term="star wars")
    with pytest.raises(IntegrityError, match=f"fetch_job_{name}"), transaction.atomic():
        FetchJobFactory(**columns)
