import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import release_filters, sync_releases
from catalog_sync.nightly.night import NIGHT, sync_night
from catalog_sync.nightly.runs import interrupted_runs, is_running, lock_name
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.management.test_commands import printed
from catalog_sync.tests.nightly.outcomes import outcome
from common.database import advisory_locks
from movies.models import Movie

pytestmark = pytest.mark.django_db

DETAILS = SyncLog.Entity.DETAILS


@pytest.fixture
def upstream(fake_tmdb, fake_omdb, fake_images, settings):
    """Set up three films that all providers have."""
    settings.TMDB_SYNC_PAGES = 1
    fake_tmdb.pages(1, size=3)
    fake_images.add_images(1, 2, 3)
    for number in (1, 2, 3):
        fake_tmdb.films[number] = details_json(number)
        fake_omdb.titles[f"tt{number:07}"] = title_json(number)
    return fake_tmdb


def test_a_whole_night_and_the_next_one(upstream):
    steps = []
    run = sync_night(on_step=lambda step: steps.append((step.entity_type, outcome(step))))
    assert steps == [
        ("movies", {"status": "success", "created": 3}),
        ("releases", {"status": "success", "updated": 3}),
        ("changes", {"status": "success"}),
        ("details", {"status": "success", "updated": 3}),
        ("enrichment", {"status": "success", "updated": 3}),
        ("posters", {"status": "success", "created": 3}),
    ]
    assert outcome(run) == {"status": "success", "created": 6, "updated": 9}
    before = list(Movie.objects.order_by("pk").values())
    assert outcome(sync_night()) == {"status": "success", "unchanged": 6}
    assert list(Movie.objects.order_by("pk").values()) == before


def test_a_failed_step_does_not_stop_the_next_ones(upstream):
    upstream.fail("/movie/popular", status=401, times=99)
    upstream.fail("/discover", status=401, times=99)
    run = sync_night()
    assert (run.status, run.remarks, run.pages_done) == ("failed", {"steps_failed": 2}, len(NIGHT))
    assert run.error_message == "2 of 6 steps failed; the run of each says why."
    assert list(SyncLog.objects.order_by("pk").values_list("entity_type", "status")) == [
        ("night", "failed"),
        ("movies", "failed"),
        ("releases", "failed"),
        ("changes", "success"),
        ("details", "success"),
        ("enrichment", "success"),
        ("posters", "success"),
    ]


def test_a_killed_night_is_resumed_at_its_step_and_page(upstream):
    def die(run):
        if run.entity_type == "details":
            raise SystemExit

    with pytest.raises(SystemExit):
        sync_night(on_page=die)
    assert set(SyncLog.objects.filter(status="in_progress").values_list("entity_type", flat=True)) == {
        "night",
        "details",
    }
    before = upstream.count("/popular")
    run = sync_night()
    assert (run.status, run.pages_done, upstream.count("/popular")) == ("success", len(NIGHT), before)
    assert outcome(run) == {"status": "success", "created": 6, "updated": 9}


@pytest.mark.django_db(transaction=True)
def test_a_step_that_another_process_runs_is_skipped(upstream):
    with elsewhere():
        assert is_running(DETAILS)
        run = sync_night()
    assert (run.status, run.remarks) == ("success", {"steps_left_alone": 1})
    assert not SyncLog.objects.filter(entity_type="details").exists()
    assert not is_running(DETAILS)


@pytest.mark.django_db(transaction=True)
def test_a_run_with_a_living_process_is_not_interrupted():
    SyncLog.objects.create(entity_type="details")
    with elsewhere():
        assert interrupted_runs() == []
    assert [run.entity_type for run in interrupted_runs()] == ["details"]


class elsewhere:  # noqa: N801 - reads as a state, `with elsewhere():`
    """Run the details in another process, here a thread with its own connection."""

    def __enter__(self):
        self.is_locked, self.done = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.hold)
        self.thread.start()
        assert self.is_locked.wait(60)

    def hold(self):
        try:
            with advisory_locks.try_lock(lock_name(DETAILS)):
                self.is_locked.set()
                assert self.done.wait(60)
        finally:
            connection.close()

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def test_releases_of_our_region_around_now(fake_tmdb, settings):
    settings.TMDB_REGION = "DE"
    settings.TMDB_SYNC_PAGES = 50
    fake_tmdb.pages(2)
    run = sync_releases()
    assert outcome(run) == {"status": "success", "created": 40}
    request = next(request for request in fake_tmdb.requests if request.path == "/3/discover/movie")
    expected = {name: str(value) for name, value in release_filters(run.started_at).items()}
    assert request.query == expected | {"include_adult": "false", "page": request.query["page"]}
    assert (request.query["region"], request.query["with_release_type"]) == ("DE", "2|3")


def test_failed_genres_do_not_stop_the_night(upstream, capsys):
    upstream.fail("/genre/", status=500, times=8)
    with pytest.raises(CommandError, match=r"^Genres: .* Failed: "):
        call_command("sync_night")
    assert SyncLog.objects.get(entity_type="genres").status == "failed"
    night = SyncLog.objects.get(entity_type="night")
    assert (night.status, night.created) == ("success", 6)


def test_the_command_fails_when_a_step_fails(upstream, capsys):
    upstream.fail("/movie/changes", status=401, times=9)
    with pytest.raises(CommandError, match=r"^Night: 6 of 6 steps.*Failed: 1 of 6 steps failed"):
        call_command("sync_night")
    lines = printed(capsys).splitlines()
    assert next(line for line in lines if line.startswith("Changes")).endswith(
        "Failed: TMDB does not accept the key in TMDB_API_KEY."
    )
    assert "Posters: 1 of 1 batches" in lines[-1]


def test_the_command_prints_the_outcome_of_each_step(upstream, capsys):
    call_command("sync_night")
    for command in ("sync_changes", "sync_details", "enrich_movies"):
        call_command(command)
    assert printed(capsys).splitlines() == [
        "Genres: 1 of 1 pages, 3 records: 3 created, 0 updated, 0 unchanged, 0 failed.",
        "Movies: 1 of 1 pages, 3 records: 3 created, 0 updated, 0 unchanged, 0 failed.",
        "Recent releases: 1 of 1 pages, 3 records: 0 created, 3 updated, 0 unchanged, 0 failed.",
        "Changes: 1 of 1 days, 0 records: 0 created, 0 updated, 0 unchanged, 0 failed.",
        "Details: 1 of 1 batches, 3 records: 0 created, 3 updated, 0 unchanged, 0 failed.",
        "Enrichment: 1 of 1 batches, 3 records: 0 created, 3 updated, 0 unchanged, 0 failed.",
        "Posters: 1 of 1 batches, 3 records: 3 created, 0 updated, 0 unchanged, 0 failed.",
        "Night: 6 of 6 steps, 15 records: 6 created, 9 updated, 0 unchanged, 0 failed.",
        "Changes: 0 of 0 days, 0 records: 0 created, 0 updated, 0 unchanged, 0 failed.",
        "Details: 0 of 0 batches, 0 records: 0 created, 0 updated, 0 unchanged, 0 failed.",
        "Ratings: 0 of 0 batches, 0 records: 0 created, 0 updated, 0 unchanged, 0 failed.",
    ]
