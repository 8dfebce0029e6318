from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory
from catalog_sync import tasks
from catalog_sync.models import SyncLog
from catalog_sync.nightly import run_now
from common.services import publishing

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client):
    """Return a function that sends a manager's requests."""
    headers = {"Authorization": f"Bearer {tokens.open_sign_in(ManagerFactory()).access}"}

    def ask(method, path, data=None):
        kind = {} if method == "get" else {"content_type": "application/json"}
        return getattr(client, method)(f"/api/v1/sync/{path}", data or {}, headers=headers, **kind)

    return ask


@pytest.fixture
def sent_runs(monkeypatch):
    """Return a list that collects the runs sent to a worker."""
    keys = []
    monkeypatch.setattr(publishing, "publish", lambda _name, args: keys.append(*args))
    return keys


def ended_run(entity="movies", status="success", days_ago=0, **counts):
    at = timezone.now() - timedelta(days=days_ago)
    error = "TMDB could not be reached." if status == "failed" else ""
    return SyncLog.objects.create(
        entity_type=entity, status=status, started_at=at, finished_at=at, error_message=error, **counts
    )


def ids_of(response):
    return [row["id"] for row in response.json()["items"]]


@pytest.mark.parametrize("entity", ["movies", "genres"])
def test_a_manager_starts_a_sync(ask, sent_runs, entity, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = ask("post", entity)
    run = SyncLog.objects.get()
    body = response.json()
    assert response.status_code == 202
    assert datetime.fromisoformat(body.pop("started_at")) == run.started_at
    assert body == {
        "id": run.pk,
        "entity_type": entity,
        "status": "in_progress",
        "finished_at": None,
        "last_sync_date": None,
        "pages_done": 0,
        "pages_total": 1,
        "total_synced": 0,
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "remarks": {},
        "error_message": "",
    }
    assert sent_runs == [run.pk]


def test_a_started_sync_is_carried_out(ask, fake_tmdb, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(publishing, "publish", lambda _name, args: tasks.carry_out(*args))
    with django_capture_on_commit_callbacks(execute=True):
        run = ask("post", "genres").json()["id"]
    [row] = ask("get", "logs").json()["items"]
    assert (row["id"], row["status"], row["created"], row["total_synced"]) == (run, "success", 3, 3)


def test_a_running_sync_is_a_conflict_with_its_progress(ask, sent_runs, monkeypatch):
    SyncLog.objects.create(entity_type="movies", planned=True, pages_total=50, pages_done=12)
    monkeypatch.setattr(run_now, "is_running", lambda _entity: True)
    response = ask("post", "movies")
    body = response.json()
    assert (response.status_code, body["code"]) == (409, "conflict")
    assert body["message"].endswith("UTC, at page 12 of 50.")
    assert sent_runs == []


def test_a_second_request_is_a_conflict_while_the_first_waits(ask, sent_runs):
    assert ask("post", "movies").status_code == 202
    response = ask("post", "movies")
    assert response.status_code == 409
    assert response.json()["message"] == "A sync of movies was started a moment ago and is waiting for a worker."
    assert SyncLog.objects.count() == 1
    assert ask("post", "genres").status_code == 202


def test_the_database_decides_between_two_requests(ask, monkeypatch):
    """Neither saw a run in progress."""
    SyncLog.objects.create(entity_type="movies")
    monkeypatch.setattr(run_now, "current_run", lambda _entity: None)
    assert ask("post", "movies").status_code == 409


@pytest.mark.parametrize("left", [{"planned": True, "pages_total": 9, "pages_done": 3}, {}])
def test_an_interrupted_or_waiting_run_is_sent_again(ask, sent_runs, left, django_capture_on_commit_callbacks):
    run = SyncLog.objects.create(entity_type="movies", started_at=timezone.now() - timedelta(hours=1), **left)
    with django_capture_on_commit_callbacks(execute=True):
        response = ask("post", "movies")
    assert (response.status_code, response.json()["id"], sent_runs) == (202, run.pk, [run.pk])


def test_without_a_broker_the_row_waits(ask, monkeypatch, django_capture_on_commit_callbacks):
    def away(_run):
        raise ConnectionError

    monkeypatch.setattr(publishing, "publish", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert ask("post", "movies").status_code == 202
    assert SyncLog.objects.filter(status="in_progress").exists()


def test_unknown_fields_and_parameters_are_refused_by_name(ask):
    response = ask("post", "movies", {"page": 3})
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["page"])
    response = ask("get", "logs", {"state": "failed"})
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["state"])
    assert not SyncLog.objects.exists()


def test_the_logs_are_newest_first_and_can_be_filtered_and_sorted(ask):
    old = ended_run("genres", days_ago=3, total_synced=19, unchanged=19)
    bad = ended_run("movies", "failed", days_ago=2)
    new = ended_run("movies", days_ago=1, total_synced=40, created=37, failed=3)
    assert ids_of(ask("get", "logs")) == [new.pk, bad.pk, old.pk]
    assert ids_of(ask("get", "logs", {"status": "failed"})) == [bad.pk]
    assert ids_of(ask("get", "logs", {"entity_type": "genres"})) == [old.pk]
    assert ids_of(ask("get", "logs", {"ordering": "-total_synced"})) == [new.pk, old.pk, bad.pk]
    assert ids_of(ask("get", "logs", {"ordering": "-failed", "limit": 1})) == [new.pk]
    assert ask("get", "logs", {"status": "bad"}).status_code == 400
    assert ask("get", "logs", {"status": "failed"}).json()["items"][0]["error_message"] == "TMDB could not be reached."


def test_the_queries_of_the_list_do_not_grow(ask, django_assert_num_queries):
    for _ in range(2):
        ended_run()
        with django_assert_num_queries(2):  # sign-in, runs
            assert ask("get", "logs").status_code == 200
        ended_run()
