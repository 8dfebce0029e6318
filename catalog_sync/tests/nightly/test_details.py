from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog_sync.models import SyncLog
from catalog_sync.nightly.details import sync_details
from catalog_sync.nightly.runs import BATCH
from catalog_sync.tests.fakes.server import KEY
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SearchWord, SyncState
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db


def hold(fake_tmdb, *numbers, **film):
    """Films that we know from a list, and TMDB in full."""
    for number in numbers:
        MovieFactory(tmdb_id=number, **film)
        fake_tmdb.films[number] = details_json(number)


def rows():
    """Every film's physical version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text FROM movies_movie ORDER BY id")
        return cursor.fetchall()


def test_a_film_gets_all_that_tmdb_says_of_it(fake_tmdb):
    drama, comedy = GenreFactory(tmdb_id=18, name="Drama"), GenreFactory(tmdb_id=35, name="Comedy")
    hold(fake_tmdb, 7)
    assert outcome(sync_details()) == {"status": "success", "updated": 1}
    [asked] = fake_tmdb.requests
    assert (asked.path, asked.query) == (
        "/3/movie/7",
        {"append_to_response": "external_ids,release_dates,credits,videos"},
    )
    names = [
        "title", "year", "release_date", "overview", "tagline", "runtime", "certification", "age_restriction",
        "directors", "cast", "trailer", "imdb_id", "popularity", "vote_average", "vote_count", "poster_source",
    ]  # fmt: skip
    assert Movie.objects.values(*names).get() == {
        "title": "The Lantern Keeper 7",
        "year": 2019,
        "release_date": date(2019, 5, 17),
        "overview": "Somebody keeps lantern number 7 alight.",
        "tagline": "Lantern 7 never goes out.",
        "runtime": 101,
        "certification": "PG-13",
        "age_restriction": 13,
        "directors": ["Dee Rector"],
        "cast": ["First Player", "Second Player"],
        "trailer": "https://www.youtube.com/watch?v=trailerkey1",
        "imdb_id": "tt0000007",
        "popularity": 107.5,
        "vote_average": 7.25,
        "vote_count": 120,
        "poster_source": "/poster7.jpg",
    }
    assert set(Movie.objects.get().genres.all()) == {drama, comedy}


def test_what_came_in_is_not_asked_for_again_until_it_is_old(fake_tmdb, settings):
    hold(fake_tmdb, 1, 2)
    sync_details()
    assert outcome(sync_details()) == {"status": "success"}
    assert fake_tmdb.count("/movie/") == 2
    SyncState.objects.filter(movie__tmdb_id=2).update(details_synced_at=timezone.now() - timedelta(days=31))
    before = rows()
    assert outcome(sync_details()) == {"status": "success", "unchanged": 1}
    assert fake_tmdb.requests[-1].path == "/3/movie/2"
    assert rows() == before  # a film that stayed the same is not written, only the note of when it was asked about


def test_the_most_popular_come_first_and_no_more_than_a_night_holds(fake_tmdb, settings):
    settings.TMDB_DETAILS_PER_NIGHT = 2
    for number in (1, 2, 3):
        hold(fake_tmdb, number, popularity=number)
    sync_details()
    assert {asked.path for asked in fake_tmdb.requests} == {"/3/movie/3", "/3/movie/2"}


def test_locked_fields_stay_as_the_manager_left_them(fake_tmdb):
    locked = ["title", "runtime", "certification", "directors", "genres", "imdb_id"]
    own = GenreFactory(tmdb_id=878)
    GenreFactory(tmdb_id=18)
    by_hand = {"title": "By hand", "runtime": 3, "certification": "12A", "directors": ["Me"], "imdb_id": "tt9999999"}
    hold(fake_tmdb, 7, locked_fields=locked, age_restriction=12, genres=[own], **by_hand)
    sync_details()
    film = Movie.objects.get()
    assert {name: getattr(film, name) for name in by_hand} == by_hand
    # The age goes with its certification.
    assert (film.age_restriction, list(film.genres.all()), film.tagline) == (12, [own], "Lantern 7 never goes out.")


def test_what_tmdb_does_not_know_is_not_taken_away(fake_tmdb):
    known = {
        "runtime": 99,
        "certification": "R",
        "age_restriction": 17,
        "directors": ["Somebody"],
        "cast": ["Somebody Else"],
        "tagline": "Known.",
        "trailer": "https://example.org/trailer",
        "imdb_id": "tt1234567",
    }
    MovieFactory(tmdb_id=7, **known)
    parts = ("external_ids", "release_dates", "credits", "videos")
    nothing = {"runtime": 0, "imdb_id": None, "tagline": "", "genres": []} | dict.fromkeys(parts)
    fake_tmdb.films[7] = details_json(7, **nothing)
    assert outcome(sync_details()) == {"status": "success", "updated": 1}
    film = Movie.objects.get()
    assert {name: getattr(film, name) for name in known} == known


def test_a_renamed_film_gets_its_new_name(fake_tmdb):
    hold(fake_tmdb, 7)
    fake_tmdb.films[7] = details_json(7, title="Another Name", release_date="")
    sync_details()
    film = Movie.objects.get()
    assert (film.title, film.sort_title, film.release_date, film.year) == ("Another Name", "another name", None, None)


def test_a_film_that_is_gone_is_remembered_and_stays(fake_tmdb):
    MovieFactory(tmdb_id=7)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"vanished": 1}}
    assert Movie.objects.get().sync_state.tmdb_vanished_at is not None
    assert outcome(sync_details()) == {"status": "success"}
    assert fake_tmdb.count("/movie/7") == 1


def test_a_wrong_address_does_not_make_films_vanish(fake_tmdb, settings):
    hold(fake_tmdb, *range(1, 31))
    settings.TMDB_BASE_URL = f"{fake_tmdb.url}/wrong"
    fake_tmdb.fail("/wrong", status=404, body=b"<html>Not Found</html>", times=99)
    run = sync_details()
    assert (run.status, run.error_message) == (
        "failed",
        "TMDB_BASE_URL is not the address of TMDB's API.",
    )
    assert not SyncState.objects.exclude(tmdb_vanished_at=None).exists()


def test_a_film_that_came_back_is_as_any_other(fake_tmdb):
    hold(fake_tmdb, 7)
    SyncState.objects.create(movie=Movie.objects.get(), tmdb_vanished_at=timezone.now(), details_wanted=True)
    assert outcome(sync_details()) == {"status": "success", "updated": 1}
    state = SyncState.objects.get()
    assert (state.tmdb_vanished_at, state.details_wanted) == (None, False)


def test_the_texts_of_what_is_gone_for_half_a_year_are_dropped(fake_tmdb):
    written = {"overview": "Words.", "tagline": "More.", "poster_source": "/p.jpg", "trailer": "https://example.org"}
    film = MovieFactory(tmdb_id=7, runtime=90, locked_fields=["tagline"], **written)
    young = MovieFactory(tmdb_id=8, overview="Words.")
    for movie, days in ((film, 181), (young, 100)):
        seen = timezone.now() - timedelta(days=days)
        SyncState.objects.create(movie=movie, tmdb_vanished_at=timezone.now(), details_synced_at=seen)
    sync_details()
    film.refresh_from_db()
    young.refresh_from_db()
    assert (film.overview, film.tagline, film.poster_source, film.trailer) == ("", "More.", "", "")
    assert (film.runtime, young.overview) == (90, "Words.")
    before = rows()
    sync_details()
    assert rows() == before


def test_what_must_not_be_kept_any_longer_comes_first(fake_tmdb, settings):
    settings.TMDB_DETAILS_PER_NIGHT = 1
    hold(fake_tmdb, 1, popularity=1)
    hold(fake_tmdb, 2, popularity=99)
    SyncState.objects.create(movie=Movie.objects.get(tmdb_id=1), details_synced_at=timezone.now() - timedelta(days=181))
    sync_details()
    assert [asked.path for asked in fake_tmdb.requests] == ["/3/movie/1"]


def test_bad_records_cost_themselves_only(fake_tmdb, events):
    hold(fake_tmdb, 1, 2, 3, 4)
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
    # They are asked for again the next night.
    fake_tmdb.forgive()
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "failed": 2}


def test_what_only_the_database_refuses_costs_itself_only(fake_tmdb, monkeypatch):
    hold(fake_tmdb, 1, 2)
    monkeypatch.setattr("catalog_sync.mapping.values.YEARS", range(9000))
    fake_tmdb.films[1] = details_json(1, release_date="0999-01-01")
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "failed": 1}


def test_a_tmdb_that_is_down_ends_the_run_and_what_came_in_stays(fake_tmdb):
    for number in range(1, 2 * BATCH + 1):
        hold(fake_tmdb, number, popularity=1000 - number)
    # The first batch gets through, and nothing after it.
    for number in range(BATCH + 1, 2 * BATCH + 1):
        fake_tmdb.fail(f"/movie/{number}?", status=503, times=99)
    run = sync_details()
    assert outcome(run) == {
        "status": "failed",
        "updated": BATCH,
        "error_message": "TMDB is out of order (status 503).",
    }
    # Not every one of the second batch was tried eight times.
    assert len({asked.path for asked in fake_tmdb.requests}) < 2 * BATCH
    fake_tmdb.forgive()
    assert outcome(sync_details()) == {"status": "success", "updated": BATCH}


def test_a_refused_key_ends_the_run_at_once(fake_tmdb):
    hold(fake_tmdb, *range(1, 41))
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
def test_passing_failures_do_not_show_in_the_outcome(fake_tmdb, fault):
    hold(fake_tmdb, 1, 2, 3)
    fake_tmdb.fail("/movie/", times=5, **fault)
    assert outcome(sync_details()) == {"status": "success", "updated": 3}
    assert len(fake_tmdb.slept) == 5


def test_the_run_goes_on_with_the_batch_that_a_crash_cut(fake_tmdb):
    hold(fake_tmdb, *range(1, 2 * BATCH + 2))

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


def test_a_film_that_was_deleted_meanwhile_leaves_a_gap(fake_tmdb):
    hold(fake_tmdb, 1, 2)
    gone = Movie.objects.get(tmdb_id=1).pk
    assert outcome(sync_details(films=[gone + 1000, Movie.objects.get(tmdb_id=2).pk])) == {
        "status": "success",
        "updated": 1,
    }


def test_a_film_held_twice_becomes_one_when_nobody_used_the_newer_row(fake_tmdb):
    demo = MovieFactory(tmdb_id=None, imdb_id="tt0000007", title="Lantern", year=2018)
    rating = RatingFactory(movie=demo, rating=9)
    hold(fake_tmdb, 7)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"twins_merged": 1}}
    film = Movie.objects.get()
    assert (film.pk, film.tmdb_id, film.title, film.runtime) == (demo.pk, 7, "The Lantern Keeper 7", 101)
    assert list(film.ratings.all()) == [rating]
    assert outcome(sync_details()) == {"status": "success"}


def test_two_films_in_use_stay_apart_and_are_counted(fake_tmdb):
    demo = MovieFactory(tmdb_id=None, imdb_id="tt0000007")
    hold(fake_tmdb, 7)
    for movie in Movie.objects.all():
        RatingFactory(movie=movie)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"twins_left_apart": 1}}
    assert Movie.objects.get(tmdb_id=7).imdb_id is None
    demo.refresh_from_db()
    assert demo.imdb_id == "tt0000007"


def test_two_ids_of_tmdb_with_one_imdb_id_stop_nobody(fake_tmdb):
    hold(fake_tmdb, 7, 8, 9)
    fake_tmdb.films[8] = details_json(8, external_ids={"imdb_id": "tt0000007"})
    assert outcome(sync_details()) == {"status": "success", "updated": 3}
    assert list(Movie.objects.order_by("tmdb_id").values_list("imdb_id", flat=True)) == ["tt0000007", None, "tt0000009"]


def test_private_films_are_nobodys_business(fake_tmdb, django_user_model):
    owner = django_user_model.objects.create_user("ana", "ana@example.org")
    MovieFactory(tmdb_id=None, owner=owner, imdb_id="tt0000007", runtime=1)
    hold(fake_tmdb, 7)
    sync_details()
    assert Movie.objects.get(owner=owner).runtime == 1
    assert Movie.objects.get(tmdb_id=7).imdb_id == "tt0000007"


def test_the_statements_do_not_grow_with_the_films(fake_tmdb):
    hold(fake_tmdb, 99)
    sync_details()  # makes the staging table
    counts = []
    for numbers in ((1,), (2, 3, 4)):
        hold(fake_tmdb, *numbers)
        with CaptureQueriesContext(connection) as queries:
            sync_details()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_search_learns_the_words_of_what_changed(fake_tmdb, django_capture_on_commit_callbacks):
    hold(fake_tmdb, 7)
    with django_capture_on_commit_callbacks(execute=True):
        sync_details()
    assert SearchWord.objects.filter(word__in=["lantern", "rector"]).count() == 2
    SearchWord.objects.all().delete()
    SyncState.objects.update(details_wanted=True)
    with django_capture_on_commit_callbacks() as callbacks:
        assert outcome(sync_details()) == {"status": "success", "unchanged": 1}
    assert callbacks == []
