"""What a provider does not know, or knows no longer, does not delete what we have from elsewhere."""

from dataclasses import fields, replace
from datetime import date

import pytest
from django.utils import timezone

from movies.models import Movie
from movies.providers.details import DetailsRow, store_details
from movies.providers.outside_ratings import RatingsRow, store_ratings
from movies.providers.upkeep import mark_vanished
from movies.providers.upsert import Counts, upsert_movies
from movies.tests.factories import GenreFactory, MovieFactory, MovieRowFactory

pytestmark = pytest.mark.django_db

KNOWN = {
    "title": "Spirited Away",
    "original_title": "千と千尋の神隠し",
    "original_language": "ja",
    "overview": "OMDb's plot.",
    "release_date": date(2001, 7, 20),
    "year": 2001,
}
DETAILS = {
    "tagline": "Known.",
    "runtime": 125,
    "certification": "PG",
    "age_restriction": 8,
    "directors": ["Hayao Miyazaki"],
    "cast": ["Rumi Hiiragi"],
    "alternative_titles": ["Chihiro"],
    "trailer": "https://example.org/trailer",
    "imdb_id": "tt0245429",
}
RATINGS = {"imdb_rating": 8, "imdb_votes": 9, "metascore": 96, "runtime": 125, "certification": "PG"}
NOTHING = MovieRowFactory.build(
    tmdb_id=7, title="", original_title="千と千尋", original_language="", overview="", genre_tmdb_ids=()
)
NO_DETAILS = DetailsRow(**{field.name: getattr(NOTHING, field.name) for field in fields(NOTHING)})


def stored(names):
    return Movie.objects.values(*names).get()


@pytest.mark.parametrize(
    ("write", "row", "known"),
    [
        pytest.param(upsert_movies, NOTHING, KNOWN, id="list"),
        pytest.param(upsert_movies, replace(NOTHING, region="US"), KNOWN, id="releases"),
        pytest.param(store_details, NO_DETAILS, KNOWN | DETAILS, id="details"),
    ],
)
def test_tmdb(write, row, known):
    drama = GenreFactory(tmdb_id=18)
    MovieFactory(tmdb_id=7, genres=[drama], popularity=1.5, **known)
    write([row])
    assert stored(known) == known | {"original_title": "千と千尋"}
    assert write([row]) == Counts(unchanged=1)
    write([replace(row, original_title="", genre_tmdb_ids=(99,))])  # a genre that we don't have
    assert stored(known)["original_title"] == "千と千尋"
    assert list(Movie.objects.get().genres.all()) == [drama]


def test_omdb():
    MovieFactory(imdb_id="tt0245429", **KNOWN, **RATINGS)
    store_ratings([RatingsRow("tt0245429")])
    assert stored(KNOWN | RATINGS) == KNOWN | RATINGS


def test_a_value_that_tmdb_has_replaces_ours_unless_a_manager_wrote_it():
    MovieFactory(tmdb_id=7, locked_fields=["overview"], **KNOWN)
    row = replace(NOTHING, title="Chihiro", overview="TMDB's words.")
    upsert_movies([row])
    assert stored(["title", "overview"]) == {"title": "Chihiro", "overview": "OMDb's plot."}
    Movie.objects.update(locked_fields=[])
    upsert_movies([row])
    assert stored(["overview"]) == {"overview": "TMDB's words."}


def test_what_a_manager_emptied_stays_empty():
    MovieFactory(tmdb_id=7, locked_fields=["overview", "tagline"])
    store_details([replace(NO_DETAILS, overview="Words.", tagline="More.")])
    assert stored(["overview", "tagline"]) == {"overview": "", "tagline": ""}


def test_a_new_film_without_a_title_is_called_by_its_original_one():
    ours = MovieFactory(tmdb_id=None, title="千と千尋", year=2001)
    rows = [replace(NOTHING, year=2001), replace(NOTHING, tmdb_id=8, original_title="Heat")]
    assert upsert_movies(rows) == Counts(created=1, updated=1)
    ours.refresh_from_db()
    assert (ours.tmdb_id, ours.title) == (7, "千と千尋")
    assert Movie.objects.get(tmdb_id=8).title == "Heat"


class TestDateOfTheRegion:
    """It is TMDB's alone, so it goes when TMDB takes it back."""

    DATE = {"region": "US", "region_date": date(2030, 5, 1)}

    @pytest.fixture(autouse=True)
    def coming(self):
        return MovieFactory(tmdb_id=7, title="Soon", **self.DATE)

    @pytest.mark.parametrize(
        ("told", "region", "region_date"),
        [
            pytest.param({}, "US", date(2030, 5, 1), id="releases not told"),
            pytest.param({"region": "US"}, "", None, id="withdrawn"),
            pytest.param({"region": "DE"}, "", None, id="none in the region that is ours now"),
            pytest.param({"region": "US", "region_date": date(2030, 3, 1)}, "US", date(2030, 3, 1), id="earlier"),
        ],
    )
    def test_the_details(self, told, region, region_date):
        store_details([replace(NO_DETAILS, **told)])
        assert stored(self.DATE) == {"region": region, "region_date": region_date}

    def test_a_list_does_not_know(self):
        upsert_movies([NOTHING, replace(NOTHING, region="US")])
        assert stored(self.DATE) == self.DATE

    def test_a_film_that_tmdb_deleted_does_not_come_soon(self, client, settings):
        settings.TMDB_REGION = "US"
        Movie.objects.update(region_date=timezone.localdate().replace(year=timezone.localdate().year + 1, day=1))
        path = "/api/v1/movies?coming_soon=true&fields=title"
        assert client.get(path).json()["items"] == [{"title": "Soon"}]
        assert mark_vanished([7]) == 1
        assert stored(self.DATE) == {"region": "", "region_date": None}
