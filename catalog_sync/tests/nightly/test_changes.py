from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from catalog_sync.models import SyncLog
from catalog_sync.nightly.changes import MAX_DAYS, days_to_sync, sync_changes
from catalog_sync.nightly.details import sync_details
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SyncState
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def yesterday():
    """Return the day in UTC: a function, because the tests may run across midnight."""
    return (datetime.now(UTC) - timedelta(days=1)).date()


def film_with_details(number, synced=timedelta(days=3), **state):
    """Create a film with details fetched some time ago."""
    movie = MovieFactory(tmdb_id=number)
    return SyncState.objects.create(movie=movie, details_synced_at=timezone.now() - synced, **state)


def ended_run(days_ago, status="success"):
    at = timezone.now() - timedelta(days=days_ago)
    error = "" if status == "success" else "x"
    SyncLog.objects.create(entity_type="changes", status=status, started_at=at, finished_at=at, error_message=error)


def films_due_for_details():
    return set(SyncState.objects.filter(details_wanted=True).values_list("movie__tmdb_id", flat=True))


def rows(*numbers):
    return [{"id": number, "adult": None, "softcore": False} for number in numbers]


def test_changed_films_are_marked_as_due(fake_tmdb):
    film_with_details(1)
    film_with_details(2)
    MovieFactory(tmdb_id=3)  # without details it is due anyway
    fake_tmdb.changes[yesterday().isoformat()] = rows(1, 3, 50, 51)
    assert outcome(sync_changes()) == {"status": "success", "updated": 1, "unchanged": 3}
    assert films_due_for_details() == {1}
    fake_tmdb.films |= {1: details_json(1), 3: details_json(3)}
    assert outcome(sync_details()) == {"status": "success", "updated": 2}
    assert films_due_for_details() == set()


def test_all_pages_of_a_day_are_read_and_repeated_rows_count_as_seen(fake_tmdb):
    film_with_details(250)
    fake_tmdb.changes[yesterday().isoformat()] = rows(*range(1000, 1199), 250, 250)
    assert outcome(sync_changes()) == {"status": "success", "updated": 1, "unchanged": 200}
    assert sorted(request.query["page"] for request in fake_tmdb.requests) == ["1", "2", "3"]


def test_a_film_refreshed_after_the_day_is_up_to_date(fake_tmdb):
    film_with_details(1, synced=timedelta(0))
    fake_tmdb.changes[yesterday().isoformat()] = rows(1)
    assert outcome(sync_changes()) == {"status": "success", "unchanged": 1}
    assert films_due_for_details() == set()


def test_a_vanished_film_that_changed_is_fetched_once_more(fake_tmdb):
    film_with_details(1, tmdb_vanished_at=timezone.now() - timedelta(days=9))
    fake_tmdb.changes[yesterday().isoformat()] = rows(1)
    sync_changes()
    assert films_due_for_details() == {1}
    assert outcome(sync_details()) == {"status": "success", "unchanged": 1}  # it is still gone
    assert outcome(sync_details()) == {"status": "success"}


def test_bad_rows_are_counted(fake_tmdb):
    fake_tmdb.changes[yesterday().isoformat()] = [*rows(1), {"id": None}, {}, "x", None, {"id": True}]
    assert outcome(sync_changes()) == {"status": "success", "unchanged": 1, "failed": 5}


def test_a_day_is_not_fetched_twice(fake_tmdb):
    sync_changes()
    before = len(fake_tmdb.requests)
    assert outcome(sync_changes()) == {"status": "success"}
    assert len(fake_tmdb.requests) == before


@pytest.mark.parametrize(("days_ago", "expected"), [(1, 1), (3, 3), (13, 13), (14, MAX_DAYS), (400, MAX_DAYS)])
def test_the_days_since_the_last_run(days_ago, expected):
    ended_run(days_ago)
    ended_run(0, status="failed")
    days = days_to_sync(timezone.now())
    assert (len(days), days[-1]) == (expected, yesterday())


def test_each_day_names_its_end(fake_tmdb):
    sync_changes()
    [request] = fake_tmdb.requests
    today = (yesterday() + timedelta(days=1)).isoformat()
    assert request.query == {"start_date": yesterday().isoformat(), "end_date": today, "page": "1"}


def test_a_killed_run_is_resumed_at_its_day(fake_tmdb):
    ended_run(3)

    def die(run):
        raise SystemExit

    with pytest.raises(SystemExit):
        sync_changes(on_page=die)
    first = fake_tmdb.requests[-1].query["start_date"]
    run = sync_changes()
    assert (run.status, run.pages_done, run.pages_total) == ("success", 3, 3)
    assert [request.query["start_date"] for request in fake_tmdb.requests].count(first) == 1


def test_a_failed_day_ends_the_run_and_is_fetched_again(fake_tmdb):
    fake_tmdb.fail("changes", status=503, times=99)
    assert outcome(sync_changes()) == {"status": "failed", "error_message": "TMDB is out of order (status 503)."}
    fake_tmdb.clear_faults()
    assert sync_changes().pages_done == 1
    assert not Movie.objects.exists()
