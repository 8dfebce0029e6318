import pytest

from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import sync_genres, sync_movies
from catalog_sync.tests.fakes.tmdb import GENRES, KEY, movie_json
from movies.models import Genre, Movie
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


def outcome(run):
    """Return all of a run but its times."""
    names = ("status", "pages_done", "pages_total", "total_synced", "created", "updated", "unchanged", "failed")
    return {name: getattr(run, name) for name in names} | {"error": run.error_message}


def success(pages, **counts):
    counts = {"created": 0, "updated": 0, "unchanged": 0, "failed": 0} | counts
    return {
        "status": "success",
        "pages_done": pages,
        "pages_total": pages,
        "total_synced": sum(counts.values()),
        "error": "",
    } | counts


def test_genres_are_created_once(fake_tmdb):
    assert outcome(sync_genres()) == success(1, created=3)
    assert dict(Genre.objects.values_list("tmdb_id", "name")) == GENRES
    assert outcome(sync_genres()) == success(1, unchanged=3)


def test_a_bad_genre_is_counted_and_skipped(fake_tmdb):
    fake_tmdb.genres = [{"id": 18, "name": "Drama "}, {"id": None, "name": "?"}, {"id": 37}, "Western"]
    assert outcome(sync_genres()) == success(1, created=1, failed=3)
    assert Genre.objects.get().name == "Drama"


def test_a_genre_with_the_name_of_another_does_not_stop_the_others(fake_tmdb):
    GenreFactory(tmdb_id=1, name="Comedy")
    assert outcome(sync_genres()) == success(1, created=2, failed=1)


def test_films_are_stored_page_by_page_and_unchanged_the_second_time(fake_tmdb):
    fake_tmdb.pages(3, size=20)
    assert outcome(sync_movies(3)) == success(3, created=60)
    before = list(Movie.objects.order_by("pk").values())
    assert outcome(sync_movies(3)) == success(3, unchanged=60)
    assert list(Movie.objects.order_by("pk").values()) == before
    film = Movie.objects.get(tmdb_id=7)
    assert (film.title, film.year, [genre.name for genre in film.genres.all()]) == (
        "The Lantern Keeper 7",
        2019,
        ["Comedy", "Drama"],
    )


def test_without_genres_they_are_fetched_first(fake_tmdb):
    fake_tmdb.pages(1)
    sync_movies(1)
    assert Genre.objects.count() == 3
    sync_movies(1)
    assert fake_tmdb.count("/genre/") == 1


def test_pages_that_overlap_count_a_film_once_as_new(fake_tmdb):
    fake_tmdb.pages(3, size=20, overlap=5)
    assert outcome(sync_movies(3)) == success(3, created=50, unchanged=10)


def test_a_film_that_differs_between_pages_is_not_written_every_night(fake_tmdb):
    fake_tmdb.page(1, [movie_json(1, popularity=9), movie_json(1, popularity=8), movie_json(2)])
    fake_tmdb.page(2, [movie_json(1, popularity=7), movie_json(3)])
    assert outcome(sync_movies(2)) == success(2, created=3, unchanged=2)
    assert Movie.objects.get(tmdb_id=1).popularity == 9
    assert outcome(sync_movies(2)) == success(2, unchanged=5)
    assert [run.seen_ids for run in SyncLog.objects.all()] == [[], []]


def test_a_list_shorter_than_planned(fake_tmdb):
    fake_tmdb.pages(2, size=20)
    assert outcome(sync_movies(50)) == success(2, created=40)


def test_an_empty_list_is_a_success(fake_tmdb):
    fake_tmdb.page(1, [], total_pages=0)
    assert outcome(sync_movies(5)) == success(1)


def test_bad_records_never_stop_a_run(fake_tmdb, events):
    rows = [
        movie_json(1),
        movie_json(2, title="", original_title=""),
        movie_json(3, release_date="", genre_ids=[], overview=None, poster_path=None),
        "nonsense",
        None,
        movie_json(4, popularity="12.5"),
        movie_json(5, vote_average=99),
        movie_json(6, title="NUL \x00 inside"),
    ]
    fake_tmdb.page(1, rows)
    assert outcome(sync_movies(1)) == success(1, created=4, failed=4)
    skipped = [entry["reason"] for entry in events("record_skipped")]
    assert len(skipped) == 4
    assert skipped[0] == "movie 2: title is empty"
    assert Movie.objects.get(tmdb_id=6).title == "NUL inside"


def test_a_record_refused_by_the_database_is_skipped(fake_tmdb, monkeypatch):
    """The page is stored without it."""
    fake_tmdb.page(1, [movie_json(1), movie_json(2), movie_json(3)])
    monkeypatch.setattr("catalog_sync.mapping.values.YEARS", range(9000))
    fake_tmdb.page(1, [movie_json(1), movie_json(2, release_date="0999-01-01"), movie_json(3)])
    assert outcome(sync_movies(1)) == success(1, created=2, failed=1)
    assert set(Movie.objects.values_list("tmdb_id", flat=True)) == {1, 3}


def test_a_renamed_film_is_an_update(fake_tmdb):
    fake_tmdb.page(1, [movie_json(1), movie_json(2)])
    sync_movies(1)
    fake_tmdb.page(1, [movie_json(1, title="Another name"), movie_json(2)])
    assert outcome(sync_movies(1)) == success(1, updated=1, unchanged=1)


def test_a_film_that_leaves_the_list_stays(fake_tmdb):
    fake_tmdb.page(1, [movie_json(1), movie_json(2)])
    sync_movies(1)
    fake_tmdb.page(1, [movie_json(2)])
    assert outcome(sync_movies(1)) == success(1, unchanged=1)
    assert Movie.objects.count() == 2


def test_a_demo_film_is_matched(fake_tmdb):
    MovieFactory(tmdb_id=None, imdb_id="tt0000001", title="The Lantern Keeper 1", year=2019)
    fake_tmdb.page(1, [movie_json(1)])
    assert outcome(sync_movies(1)) == success(1, updated=1)
    assert Movie.objects.get().imdb_id == "tt0000001"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 429, "headers": {"Retry-After": "2"}}, id="429 with Retry-After"),
        pytest.param({"status": 429}, id="429 without"),
        pytest.param({"status": 500}, id="500"),
        pytest.param({"status": 502, "body": b"<html>Bad gateway</html>"}, id="HTML 502"),
        pytest.param({"status": 200, "body": b'{"page": 1, "results": [{"id"'}, id="broken JSON"),
        pytest.param({"status": 200, "body": b'{"page": 1, "resul', "truncated": True}, id="truncated body"),
        pytest.param({"closed": True}, id="hung up"),
    ],
)
def test_a_transient_failure_does_not_change_the_outcome(fake_tmdb, fault):
    fake_tmdb.pages(2)
    fake_tmdb.fail("page=2", times=3, **fault)
    assert outcome(sync_movies(2)) == success(2, created=40)
    assert len(fake_tmdb.slept) == 3


def test_a_lasting_failure_ends_the_run_after_complete_pages(fake_tmdb):
    fake_tmdb.pages(3)
    fake_tmdb.fail("page=2", status=503, times=99)
    run = sync_movies(3)
    assert outcome(run) == {
        "status": "failed",
        "pages_done": 1,
        "pages_total": 3,
        "total_synced": 20,
        "created": 20,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "error": "TMDB is out of order (status 503).",
    }
    assert run.finished_at is not None
    assert Movie.objects.count() == 20


def test_after_a_failed_run_the_next_one_starts_over(fake_tmdb):
    fake_tmdb.pages(2)
    fake_tmdb.fail("page=2", status=503, times=8)
    sync_movies(2)
    assert outcome(sync_movies(2)) == success(2, created=20, unchanged=20)
    assert SyncLog.objects.count() == 2


def test_a_missing_key_fails_the_run(fake_tmdb, settings):
    settings.TMDB_API_KEY = ""
    assert outcome(sync_movies(2)) == {
        "status": "failed",
        "pages_done": 0,
        "pages_total": 2,
        "total_synced": 0,
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "error": "TMDB_API_KEY is not set.",
    }
    assert fake_tmdb.requests == []


def test_a_refused_key_is_reported_without_the_key(fake_tmdb):
    fake_tmdb.fail("/movie/popular", status=401, times=99)
    run = sync_movies(2)
    assert run.error_message == "TMDB does not accept the key in TMDB_API_KEY."
    assert KEY not in str(list(SyncLog.objects.values()))


def test_on_page_is_called_after_every_page(fake_tmdb):
    fake_tmdb.pages(3)
    pages = []
    sync_movies(3, on_page=lambda run: pages.append((run.pages_done, run.created)))
    assert pages == [(1, 20), (2, 40), (3, 60)]
