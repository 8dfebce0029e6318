"""Bad records, outages and crashes during the details step."""

import pytest

from catalog_sync.models import SyncLog
from catalog_sync.nightly.details import sync_details
from catalog_sync.nightly.runs import BATCH
from catalog_sync.tests.fakes.server import KEY
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.nightly.films import create_films
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie

pytestmark = pytest.mark.django_db


def test_bad_records_are_counted_and_skipped(fake_tmdb, events):
    create_films(fake_tmdb, 1, 2, 3, 4)
    fake_tmdb.films[2] = details_json(2, title=None, original_title=None)
    fake_tmdb.films[3] = details_json(3, vote_average=99)
    fake_tmdb.fail("/movie/4", status=500, times=99)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "failed": 3}
    assert {entry["reason"] for entry in events("record_skipped")} == {
        "movie 2: title is empty",
        "movie 3: vote_average is above 10",
    }
    assert [(entry["key"], entry["reason"]) for entry in events("record_not_fetched")] == [
        (4, "TMDB is out of order (status 500).")
    ]
    # They are fetched again the next night.
    fake_tmdb.clear_faults()
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "failed": 2}


def test_a_record_refused_by_the_database_is_skipped(fake_tmdb, monkeypatch):
    create_films(fake_tmdb, 1, 2)
    monkeypatch.setattr("catalog_sync.mapping.values.YEARS", range(9000))
    fake_tmdb.films[1] = details_json(1, release_date="0999-01-01")
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "failed": 1}


def test_an_outage_ends_the_run_and_stored_batches_stay(fake_tmdb):
    for number in range(1, 3 * BATCH + 1):
        create_films(fake_tmdb, number, popularity=1000 - number)
    # The first batch gets through, and nothing after it.
    for number in range(BATCH + 1, 3 * BATCH + 1):
        fake_tmdb.fail(f"/movie/{number}?", status=503, times=99)
    run = sync_details()
    assert outcome(run) == {
        "status": "failed",
        "updated": BATCH,
        "error_message": "TMDB is out of order (status 503).",
    }
    # Those of the third batch were not all tried.
    assert len({request.path for request in fake_tmdb.requests}) < 3 * BATCH
    fake_tmdb.clear_faults()
    assert outcome(sync_details()) == {"status": "success", "updated": 2 * BATCH}


def test_a_refused_key_ends_the_run_at_once(fake_tmdb):
    create_films(fake_tmdb, *range(1, 41))
    fake_tmdb.fail("/movie/", status=401, times=99)
    run = sync_details()
    assert outcome(run) == {
        "status": "failed",
        "error_message": "TMDB does not accept the key in TMDB_API_KEY.",
    }
    assert len(fake_tmdb.requests) < 40
    assert KEY not in str(list(SyncLog.objects.values()))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 429, "headers": {"Retry-After": "2"}}, id="429 with Retry-After"),
        pytest.param({"status": 429}, id="429 without"),
        pytest.param({"status": 500}, id="500"),
        pytest.param({"status": 502, "body": b"<html>Bad gateway</html>"}, id="HTML 502"),
        pytest.param({"status": 200, "body": b"<html>Hello</html>"}, id="HTML 200"),
        pytest.param({"status": 200, "body": b'{"id": 1, "title'}, id="broken JSON"),
        pytest.param({"status": 200, "body": b'{"id": 1, "ti', "truncated": True}, id="truncated body"),
        pytest.param({"status": 200, "body": b'{"id": 999}'}, id="another film"),
        pytest.param({"closed": True}, id="hung up"),
    ],
)
def test_transient_failures_do_not_change_the_outcome(fake_tmdb, fault):
    create_films(fake_tmdb, 1, 2, 3)
    fake_tmdb.fail("/movie/", times=5, **fault)
    assert outcome(sync_details()) == {"status": "success", "updated": 3}
    assert len(fake_tmdb.slept) == 5


def test_the_run_is_resumed_at_the_batch_of_the_crash(fake_tmdb):
    create_films(fake_tmdb, *range(1, 2 * BATCH + 2))

    def die(run):
        raise SystemExit

    with pytest.raises(SystemExit):
        sync_details(on_page=die)
    left = SyncLog.objects.get()
    assert (left.status, left.pages_done, left.pages_total, len(left.todo_ids)) == ("in_progress", 1, 3, 2 * BATCH + 1)
    run = sync_details()
    assert run.pk == left.pk
    assert outcome(run) == {"status": "success", "updated": 2 * BATCH + 1}
    assert (run.pages_done, run.todo_ids) == (3, [])


def test_a_film_deleted_meanwhile_is_skipped(fake_tmdb):
    create_films(fake_tmdb, 1, 2)
    gone = Movie.objects.get(tmdb_id=1).pk
    assert outcome(sync_details(films=[gone + 1000, Movie.objects.get(tmdb_id=2).pk])) == {
        "status": "success",
        "updated": 1,
    }
