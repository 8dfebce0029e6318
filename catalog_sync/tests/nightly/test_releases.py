"""The dates of a film: its own, and that of its latest release in the cinemas of our region."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from catalog_sync import lookup
from catalog_sync.nightly.details import sync_details
from catalog_sync.nightly.lists import sync_movies, sync_releases
from catalog_sync.tests.fakes.tmdb import details_json, movie_json, release
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SyncState
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

OWN, AGAIN = date(1967, 6, 14), date(2026, 12, 11)
NAMES = ("release_date", "year", "region", "region_date")


@pytest.fixture
def re_released(fake_tmdb, settings):
    """Let TMDB have a film of 1967 that our region shows again."""
    settings.TMDB_REGION, settings.TMDB_SYNC_PAGES = "DE", 1
    fake_tmdb.page(1, [movie_json(7, release_date="1967-06-14")])
    fake_tmdb.releases = [movie_json(7, release_date="2026-12-11")]
    days = [release("12", 3, "1967-12-14"), release("12", 3, "2026-12-11")]
    dates = {"results": [{"iso_3166_1": "DE", "release_dates": days}]}
    fake_tmdb.films[7] = details_json(7, release_date="1967-06-14", release_dates=dates)
    return fake_tmdb


def dates():
    return Movie.objects.values_list(*NAMES).get()


def test_a_re_release_keeps_the_films_own_year(re_released):
    for _ in range(2):
        sync_movies()
        sync_releases()
        assert dates() == (OWN, 1967, "DE", AGAIN)
        sync_details()
        assert dates() == (OWN, 1967, "DE", AGAIN)
    assert outcome(sync_releases()) == {"status": "success", "unchanged": 1}
    assert lookup.find("The Lantern Keeper 7", 1967) == Movie.objects.get()


def test_a_film_that_only_the_releases_have_gets_its_own_date_from_its_details(re_released):
    assert outcome(sync_releases()) == {"status": "success", "created": 1}
    assert dates() == (None, None, "DE", AGAIN)
    sync_details()
    assert dates() == (OWN, 1967, "DE", AGAIN)


def test_a_film_of_another_year_is_not_taken_for_ours(re_released):
    remake = MovieFactory(tmdb_id=None, title="The Lantern Keeper 7", year=2026)
    sync_releases()
    sync_details()
    remake.refresh_from_db()
    assert (remake.tmdb_id, Movie.objects.get(tmdb_id=7).year) == (None, 1967)


def test_a_film_that_a_manager_made_becomes_the_one_of_the_releases(re_released):
    ours = MovieFactory(tmdb_id=None, title="The Lantern Keeper 7", year=1967)
    sync_releases()
    assert Movie.objects.count() == 2
    assert outcome(sync_details())["remarks"] == {"twins_merged": 1}
    assert list(Movie.objects.values_list("pk", "tmdb_id")) == [(ours.pk, 7)]
    sync_details()
    assert dates() == (OWN, 1967, "DE", AGAIN)


def test_dates_that_a_manager_wrote_stay(re_released):
    MovieFactory(tmdb_id=7, release_date=date(1968, 1, 1), year=1968, locked_fields=["release_date", "year"])
    sync_movies()
    sync_releases()
    sync_details()
    assert dates() == (date(1968, 1, 1), 1968, "DE", AGAIN)


def test_a_later_date_of_the_region_is_taken_and_an_earlier_one_left_to_the_details(re_released):
    sync_releases()
    re_released.releases = [movie_json(7, release_date="2026-12-18")]
    sync_releases()
    assert dates()[3] == date(2026, 12, 18)
    re_released.releases = [movie_json(7, release_date="2026-12-01")]
    sync_releases()
    assert dates()[3] == date(2026, 12, 18)
    sync_details()
    assert dates()[3] == AGAIN


def test_another_region_has_other_dates(re_released, settings):
    sync_movies()
    sync_releases()
    settings.TMDB_REGION = "FR"
    assert Movie.objects.get().regional_release is None
    re_released.releases = [movie_json(7, release_date="2026-12-02")]
    sync_releases()
    assert dates() == (OWN, 1967, "FR", date(2026, 12, 2))
    assert Movie.objects.get().regional_release == {"region": "FR", "date": date(2026, 12, 2)}


def test_a_release_without_a_date_changes_no_date(re_released):
    sync_movies()
    sync_releases()
    re_released.releases = [movie_json(7, release_date=""), movie_json(8, release_date="")]
    assert outcome(sync_releases()) == {"status": "success", "created": 1, "unchanged": 1}
    assert Movie.objects.values_list(*NAMES).get(tmdb_id=7) == (OWN, 1967, "DE", AGAIN)
    assert Movie.objects.values_list(*NAMES).get(tmdb_id=8) == (None, None, "", None)


def test_a_date_that_tmdb_does_not_have_deletes_none_of_ours(re_released):
    """The year may come from OMDb, without a date."""
    film = MovieFactory(tmdb_id=7, release_date=None, year=1967)
    re_released.page(1, [movie_json(7, release_date="")])
    re_released.films[7] |= {"release_date": ""}
    sync_movies()
    sync_details()
    assert dates() == (None, 1967, "DE", AGAIN)
    Movie.objects.filter(pk=film.pk).update(release_date=OWN)
    SyncState.objects.update(details_wanted=True)
    sync_movies()
    sync_details()
    assert dates() == (OWN, 1967, "DE", AGAIN)


def test_the_region_of_a_part_of_a_country_is_the_country_to_tmdb(re_released, settings):
    settings.TMDB_REGION = "CA-QC"
    sync_releases()
    assert re_released.requests[-1].query["region"] == "CA"
    assert dates()[2] == "CA-QC"


def test_coming_soon_goes_by_the_date_of_the_region(client, settings):
    settings.TMDB_REGION = "DE"
    today = timezone.localdate()
    old = MovieFactory(title="Shown again", release_date=OWN, region="DE", region_date=today + timedelta(days=9))
    new = MovieFactory(title="New", release_date=today, region="DE", region_date=today + timedelta(days=2))
    MovieFactory(title="Out", region="DE", region_date=today)
    MovieFactory(title="Elsewhere", region="FR", region_date=today + timedelta(days=2))
    MovieFactory(title="Withdrawn", region="DE", region_date=today + timedelta(days=2), withdrawn=True)
    answer = client.get("/api/v1/movies", {"coming_soon": "true", "ordering": "title"}).json()
    assert [film["title"] for film in answer["items"]] == ["New", "Shown again"]
    shown = answer["items"][1]
    assert (shown["release_date"], shown["regional_release"]) == (
        "1967-06-14",
        {"region": "DE", "date": str(old.region_date)},
    )
    assert client.get("/api/v1/movies", {"coming_soon": "false"}).json()["meta"]["total"] == 2
    home = client.get("/").context["coming_soon"]
    assert [film.pk for film in home] == [new.pk, old.pk]
    page = client.get(old.get_absolute_url()).content.decode()
    assert "In cinemas (DE)" in page
    assert "14 June 1967" in page
