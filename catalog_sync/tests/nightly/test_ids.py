"""The import of TMDB's id export."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog_sync import tasks
from catalog_sync.id_export import awaited, reading
from catalog_sync.models import AwaitedFilm, SyncLog
from catalog_sync.nightly.ids import import_ids
from catalog_sync.tests.id_export.files import line, write_export
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import FormerFilm, Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(tmp_path, monkeypatch):
    """Return a function that writes lines to a file, which is read in parts of two."""
    monkeypatch.setattr(reading, "PART", 2)
    return lambda *lines: write_export(tmp_path, *lines)


def waiting():
    return dict(AwaitedFilm.objects.values_list("tmdb_id", "popularity"))


def test_films_wait_and_none_is_in_the_catalogue(export):
    path = export(*(line(number) for number in (1, 2, 3, 4, 5)))
    run = import_ids(path)
    assert outcome(run) == {"status": "success", "created": 5}
    assert (run.entity_type, run.progress) == ("ids", "part 3 of 3")
    assert waiting() == {1: 0.25, 2: 0.5, 3: 0.75, 4: 1.0, 5: 1.25}
    assert not Movie.objects.exists()


def test_the_same_file_again_and_a_newer_one(export):
    import_ids(export(line(1), line(2), line(3)))
    assert outcome(import_ids(export(line(1), line(2), line(3)))) == {"status": "success", "unchanged": 3}
    newer = import_ids(export(line(1), line(2, popularity=9), line(4), line(4)))
    assert outcome(newer) == {"status": "success", "created": 1, "updated": 1, "unchanged": 2}
    assert waiting() == {1: 0.25, 2: 9.0, 3: 0.75, 4: 1.0}


def test_films_that_the_catalogue_has_or_had_do_not_wait(export):
    film = MovieFactory(tmdb_id=1, title="Lantern", popularity=7)
    FormerFilm.objects.create(tmdb_id=2, movie=film)
    assert outcome(import_ids(export(line(1), line(2), line(3)))) == {
        "status": "success",
        "created": 1,
        "unchanged": 2,
    }
    film.refresh_from_db()
    assert (film.title, film.popularity, list(waiting())) == ("Lantern", 7, [3])


def test_adult_films_and_videos(export):
    shown = MovieFactory(tmdb_id=1, showing_until=timezone.now() + timedelta(days=1))
    flagged, video = MovieFactory(tmdb_id=2), MovieFactory(tmdb_id=5)
    AwaitedFilm.objects.create(tmdb_id=3, popularity=1)
    lines = [*(line(number, adult=True) for number in (1, 2, 3)), *(line(number, video=True) for number in (4, 5))]
    assert outcome(import_ids(export(*lines))) == {
        "status": "success",
        "updated": 2,
        "unchanged": 3,
        "remarks": {"adult": 3, "videos": 2},
    }
    assert waiting() == {}
    for film in (shown, flagged, video):
        film.refresh_from_db()
    assert [film.withdrawn for film in (shown, flagged, video)] == [False, True, False]
    import_ids(export(line(2)))
    flagged.refresh_from_db()
    assert not flagged.withdrawn  # TMDB took the flag back


def test_an_import_killed_in_the_middle_begins_anew_and_counts_what_it_had_stored(export):
    path = export(*(line(number) for number in range(1, 8)))

    def die(run):
        if run.pages_done == 2:
            raise SystemExit

    with pytest.raises(SystemExit):
        import_ids(path, on_page=die)
    left = SyncLog.objects.get()
    assert (left.status, left.pages_done, left.created) == ("in_progress", 2, 4)
    run = import_ids(path)
    assert run.pk == left.pk
    assert outcome(run) == {"status": "success", "created": 3, "unchanged": 4}
    assert run.progress == "part 4 of 4"
    assert len(waiting()) == 7


def test_a_worker_ends_an_interrupted_import_which_it_cannot_resume(export):
    left = SyncLog.objects.create(entity_type="ids", planned=True)
    tasks.carry_out(left.pk)
    assert outcome(SyncLog.objects.get()) == {
        "status": "failed",
        "error_message": "The import was interrupted. Start it again, with the same file or a newer one.",
    }


def test_broken_lines_are_counted_and_told(export, events):
    told = []
    path = export(line(1), b"{", line(2), b"[]", line(3))
    assert outcome(import_ids(path, on_broken=told.append)) == {"status": "success", "created": 3, "failed": 2}
    assert told == ["Line 2: not a JSON object.", "Line 4: not a JSON object."]
    assert [entry["first"] for entry in events("export_lines_skipped")] == told


@pytest.mark.parametrize("row", [b"<html>", b'{"id":1,"original_name":"A series","popularity":1}'])
def test_another_file_is_refused_at_once(export, row):
    run = import_ids(export(*[row] * 50))
    assert outcome(run) == {
        "status": "failed",
        "error_message": "This is not TMDB's export of films, which is called movie_ids_MM_DD_YYYY.json.gz.",
    }


def test_a_file_cut_off_keeps_what_was_read(tmp_path):
    path = write_export(tmp_path, *(line(number, noise=number**9) for number in range(1, 2_001)))
    path.write_bytes(path.read_bytes()[:-4_000])
    run = import_ids(path)
    assert run.error_message == f"The file ends too early, after line {run.created:,}. Download it again."
    assert 0 < run.created == AwaitedFilm.objects.count() < 2_000


def test_an_empty_file(export):
    assert outcome(import_ids(export())) == {"status": "failed", "error_message": "The file is empty."}


def test_the_queries_of_a_part_are_as_many_however_long_it_is(tmp_path, monkeypatch):
    def count(name, lines):
        monkeypatch.setattr(reading, "PART", lines)
        path = write_export(tmp_path, *(line(number) for number in range(1, lines + 1)), name=name)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            import_ids(path)
        return len(queries)

    assert count("small.gz", 10) == count("large.gz", 200) <= 25


def test_the_most_popular_come_first_and_films_that_came_otherwise_wait_no_longer():
    awaited.add({1: 5.0, 2: 9.0, 3: 7.0, 4: 7.0})
    MovieFactory(tmdb_id=2)
    assert awaited.among([1, 2, 99]) == {1}
    assert awaited.most_popular(2) == [3, 4]
    assert awaited.count() == 3
