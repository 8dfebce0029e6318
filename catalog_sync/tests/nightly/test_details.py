from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog_sync.nightly.details import sync_details
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.nightly.films import create_films
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SearchWord, SyncState
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db


def row_versions():
    """Return the physical version of every film's row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text FROM movies_movie ORDER BY id")
        return cursor.fetchall()


def test_a_film_gets_all_details(fake_tmdb):
    drama, comedy = GenreFactory(tmdb_id=18, name="Drama"), GenreFactory(tmdb_id=35, name="Comedy")
    create_films(fake_tmdb, 7)
    assert outcome(sync_details()) == {"status": "success", "updated": 1}
    [request] = fake_tmdb.requests
    assert (request.path, request.query) == (
        "/3/movie/7",
        {"append_to_response": "external_ids,release_dates,credits,videos,alternative_titles"},
    )
    names = [
        "title", "year", "release_date", "overview", "tagline", "runtime", "certification", "age_restriction",
        "directors", "cast", "alternative_titles", "trailer", "imdb_id", "popularity", "vote_average", "vote_count",
        "poster_source",
    ]  # fmt: skip
    assert Movie.objects.values(*names).get() == {
        "title": "The Lantern Keeper 7",
        "year": 2019,
        "release_date": date(2019, 5, 17),
        "overview": "A keeper tends lantern number 7.",
        "tagline": "Lantern 7 never goes out.",
        "runtime": 101,
        "certification": "PG-13",
        "age_restriction": 13,
        "directors": ["Dee Rector"],
        "cast": ["First Player", "Second Player"],
        "alternative_titles": ["Der Laternenwächter 7"],
        "trailer": "https://www.youtube.com/watch?v=trailerkey1",
        "imdb_id": "tt0000007",
        "popularity": 107.5,
        "vote_average": 7.25,
        "vote_count": 120,
        "poster_source": "/poster7.jpg",
    }
    assert set(Movie.objects.get().genres.all()) == {drama, comedy}


def test_details_are_not_fetched_again_until_they_are_old(fake_tmdb, settings):
    create_films(fake_tmdb, 1, 2)
    sync_details()
    assert outcome(sync_details()) == {"status": "success"}
    assert fake_tmdb.count("/movie/") == 2
    SyncState.objects.filter(movie__tmdb_id=2).update(details_synced_at=timezone.now() - timedelta(days=31))
    before = row_versions()
    assert outcome(sync_details()) == {"status": "success", "unchanged": 1}
    assert fake_tmdb.requests[-1].path == "/3/movie/2"
    assert row_versions() == before  # an unchanged film is not written, only the time of its details


def test_the_most_popular_come_first_up_to_the_limit(fake_tmdb, settings):
    settings.TMDB_DETAILS_PER_NIGHT = 2
    for number in (1, 2, 3):
        create_films(fake_tmdb, number, popularity=number)
    sync_details()
    assert {request.path for request in fake_tmdb.requests} == {"/3/movie/3", "/3/movie/2"}


def test_locked_fields_stay(fake_tmdb):
    locked = ["title", "runtime", "certification", "directors", "genres", "imdb_id"]
    own = GenreFactory(tmdb_id=878)
    GenreFactory(tmdb_id=18)
    by_hand = {"title": "By hand", "runtime": 3, "certification": "12A", "directors": ["Me"], "imdb_id": "tt9999999"}
    create_films(fake_tmdb, 7, locked_fields=locked, age_restriction=12, genres=[own], **by_hand)
    sync_details()
    film = Movie.objects.get()
    assert {name: getattr(film, name) for name in by_hand} == by_hand
    # The age goes with its certification.
    assert (film.age_restriction, list(film.genres.all()), film.tagline) == (12, [own], "Lantern 7 never goes out.")


def test_missing_values_do_not_clear_ours(fake_tmdb):
    known = {
        "runtime": 99,
        "certification": "R",
        "age_restriction": 17,
        "directors": ["A Director"],
        "cast": ["An Actor"],
        "tagline": "Known.",
        "trailer": "https://example.org/trailer",
        "alternative_titles": ["Another Name"],
        "imdb_id": "tt1234567",
    }
    MovieFactory(tmdb_id=7, **known)
    parts = ("external_ids", "release_dates", "credits", "videos", "alternative_titles")
    nothing = {"runtime": 0, "imdb_id": None, "tagline": "", "genres": []} | dict.fromkeys(parts)
    fake_tmdb.films[7] = details_json(7, **nothing)
    assert outcome(sync_details()) == {"status": "success", "updated": 1}
    film = Movie.objects.get()
    assert {name: getattr(film, name) for name in known} == known


def test_a_renamed_film_gets_its_new_name(fake_tmdb):
    create_films(fake_tmdb, 7)
    fake_tmdb.films[7] = details_json(7, title="Another Name", release_date="2018-01-31")
    sync_details()
    film = Movie.objects.get()
    assert (film.title, film.sort_title) == ("Another Name", "another name")
    assert (film.release_date, film.year) == (date(2018, 1, 31), 2018)


def test_a_film_gone_from_tmdb_is_marked_and_stays(fake_tmdb):
    MovieFactory(tmdb_id=7)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"vanished": 1}}
    assert Movie.objects.get().sync_state.tmdb_vanished_at is not None
    assert outcome(sync_details()) == {"status": "success"}
    assert fake_tmdb.count("/movie/7") == 1


def test_a_wrong_address_does_not_make_films_vanish(fake_tmdb, settings):
    create_films(fake_tmdb, *range(1, 31))
    settings.TMDB_BASE_URL = f"{fake_tmdb.url}/wrong"
    fake_tmdb.fail("/wrong", status=404, body=b"<html>Not Found</html>", times=99)
    run = sync_details()
    assert (run.status, run.error_message) == (
        "failed",
        "TMDB_BASE_URL is not the address of TMDB's API.",
    )
    assert not SyncState.objects.exclude(tmdb_vanished_at=None).exists()


def test_a_film_that_came_back(fake_tmdb):
    create_films(fake_tmdb, 7)
    SyncState.objects.create(movie=Movie.objects.get(), tmdb_vanished_at=timezone.now(), details_wanted=True)
    assert outcome(sync_details()) == {"status": "success", "updated": 1}
    state = SyncState.objects.get()
    assert (state.tmdb_vanished_at, state.details_wanted) == (None, False)


def test_texts_of_films_gone_for_half_a_year_are_dropped(fake_tmdb):
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
    before = row_versions()
    sync_details()
    assert row_versions() == before


def test_expiring_texts_come_first(fake_tmdb, settings):
    settings.TMDB_DETAILS_PER_NIGHT = 1
    create_films(fake_tmdb, 1, popularity=1)
    create_films(fake_tmdb, 2, popularity=99)
    SyncState.objects.create(movie=Movie.objects.get(tmdb_id=1), details_synced_at=timezone.now() - timedelta(days=181))
    sync_details()
    assert [request.path for request in fake_tmdb.requests] == ["/3/movie/1"]


def test_a_duplicate_that_is_not_in_use_is_merged(fake_tmdb):
    demo = MovieFactory(tmdb_id=None, imdb_id="tt0000007", title="Lantern", year=2018)
    rating = RatingFactory(movie=demo, rating=9)
    create_films(fake_tmdb, 7)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"twins_merged": 1}}
    film = Movie.objects.get()
    assert (film.pk, film.tmdb_id, film.title, film.runtime) == (demo.pk, 7, "The Lantern Keeper 7", 101)
    assert list(film.ratings.all()) == [rating]
    assert outcome(sync_details()) == {"status": "success"}


def test_two_films_in_use_stay_apart_and_are_counted(fake_tmdb):
    demo = MovieFactory(tmdb_id=None, imdb_id="tt0000007")
    create_films(fake_tmdb, 7)
    for movie in Movie.objects.all():
        RatingFactory(movie=movie)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"twins_left_apart": 1}}
    assert Movie.objects.get(tmdb_id=7).imdb_id is None
    demo.refresh_from_db()
    assert demo.imdb_id == "tt0000007"


def test_two_tmdb_ids_with_one_imdb_id_do_not_stop_the_run(fake_tmdb):
    create_films(fake_tmdb, 7, 8, 9)
    fake_tmdb.films[8] = details_json(8, external_ids={"imdb_id": "tt0000007"})
    assert outcome(sync_details()) == {"status": "success", "updated": 3}
    assert list(Movie.objects.order_by("tmdb_id").values_list("imdb_id", flat=True)) == ["tt0000007", None, "tt0000009"]


def test_private_films_are_left_alone(fake_tmdb, django_user_model):
    owner = django_user_model.objects.create_user("ana", "ana@example.org")
    MovieFactory(tmdb_id=None, owner=owner, imdb_id="tt0000007", runtime=1)
    create_films(fake_tmdb, 7)
    sync_details()
    assert Movie.objects.get(owner=owner).runtime == 1
    assert Movie.objects.get(tmdb_id=7).imdb_id == "tt0000007"


def test_the_statements_do_not_grow_with_the_films(fake_tmdb):
    create_films(fake_tmdb, 99)
    sync_details()  # makes the staging table
    counts = []
    for numbers in ((1,), (2, 3, 4)):
        create_films(fake_tmdb, *numbers)
        with CaptureQueriesContext(connection) as queries:
            sync_details()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_changed_words_can_be_searched(fake_tmdb, django_capture_on_commit_callbacks):
    create_films(fake_tmdb, 7)
    with django_capture_on_commit_callbacks(execute=True):
        sync_details()
    assert SearchWord.objects.filter(word__in=["lantern", "rector"]).count() == 2
    SearchWord.objects.all().delete()
    SyncState.objects.update(details_wanted=True)
    with django_capture_on_commit_callbacks() as callbacks:
        assert outcome(sync_details()) == {"status": "success", "unchanged": 1}
    assert callbacks == []
