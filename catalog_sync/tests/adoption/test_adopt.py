"""OMDb's rows become one film of the catalogue each, whatever was stored before."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.tests.factories import UserFactory
from catalog_sync.adoption import adopt
from catalog_sync.mapping import BadRecord
from catalog_sync.tests.fakes.omdb import title_json
from common.services import publishing
from movies.models import Movie, SearchWord, SyncState
from movies.providers import adoption
from movies.tests.at_once import at_once
from movies.tests.factories import GenreFactory, MovieFactory

COLUMNS = (
    "tmdb_id", "imdb_id", "owner", "title", "original_title", "overview", "release_date", "year", "runtime",
    "directors", "cast", "certification", "age_restriction", "popularity", "vote_average", "imdb_rating", "imdb_votes",
    "metascore", "poster_source", "poster_key", "locked_fields",
)  # fmt: skip
# Each waits for those before it, at most as long as lock_timeout allows.
CROWD = 5
EMPTY = {"tmdb_id": None, "year": None, "runtime": None}


def values_of(movie):
    return Movie.objects.filter(pk=movie.pk).values(*COLUMNS).get()


@pytest.fixture
def drama(db):
    return GenreFactory(name="Drama")


@pytest.mark.django_db
class TestNew:
    def test_all_that_omdb_says_becomes_a_film(self, drama):
        movie = adopt.adopt_row(title_json(7))
        assert values_of(movie) == {
            "tmdb_id": None,
            "imdb_id": "tt0000007",
            "owner": None,
            "title": "The Lantern Keeper 7",
            "original_title": "",
            "overview": "A keeper tends a lantern.",
            "release_date": date(2019, 5, 17),
            "year": 2019,
            "runtime": 101,
            "directors": ["Dee Rector"],
            "cast": ["First Player", "Second Player"],
            "certification": "PG-13",
            "age_restriction": 13,
            "popularity": 0,
            "vote_average": None,
            "imdb_rating": Decimal("7.9"),
            "imdb_votes": 1_234_567,
            "metascore": 71,
            "poster_source": "",
            "poster_key": "",
            "locked_fields": [],
        }
        assert list(movie.genres.all()) == [drama]
        assert (movie.runtime, movie.metascore) == (101, 71)

    def test_the_time_of_the_ratings_is_noted(self):
        state = SyncState.objects.get(movie=adopt.adopt_row(title_json(7)))
        assert state.omdb_synced_at is not None
        assert state.details_synced_at is None

    def test_its_words_can_be_searched(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            adopt.adopt_row(title_json(7))
        assert set(SearchWord.objects.values_list("word", flat=True)) >= {"lantern", "keeper", "rector", "player"}

    def test_a_row_without_most_fields(self):
        nothing = dict.fromkeys(title_json(7).keys() - {"Title", "imdbID", "Response", "Ratings"}, "N/A")
        movie = adopt.adopt_row(title_json(7, **nothing))
        assert (movie.title, movie.year, movie.release_date, movie.runtime, movie.overview, movie.directors) == (
            "The Lantern Keeper 7",
            None,
            None,
            None,
            "",
            [],
        )

    @pytest.mark.parametrize(
        ("row", "stored"),
        [
            ({"Year": "2019", "Released": "03 Jan 2020"}, (2019, None)),
            ({"Year": "N/A", "Released": "03 Jan 2020"}, (2020, date(2020, 1, 3))),
            ({"Year": "2019", "Released": "N/A"}, (2019, None)),
        ],
    )
    def test_a_date_of_another_year_is_left_out(self, row, stored):
        movie = adopt.adopt_row(title_json(7, **row))
        assert (movie.year, movie.release_date) == stored

    def test_genres_have_tmdbs_names_and_unknown_ones_are_left_out(self):
        names = ["Science Fiction", "Music", "War"]
        expected = {GenreFactory(name=name).name for name in names}
        movie = adopt.adopt_row(title_json(7, Genre="Sci-Fi, Musical, war, Film-Noir"))
        assert {genre.name for genre in movie.genres.all()} == expected

    @pytest.mark.parametrize("kind", ["series", "episode", "game"])
    def test_other_types_are_refused(self, kind):
        with pytest.raises(adopt.NotAFilm) as refused:
            adopt.adopt_row(title_json(7, Type=kind))
        assert (refused.value.kind, refused.value.title) == (kind, "The Lantern Keeper 7")
        assert not Movie.objects.exists()

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (title_json(7, Genre="Adult, Drama"), "tt0000007: adult"),
            (title_json(7, Title="N/A"), "tt0000007: Title is empty"),
            (title_json(7, imdbID="N/A"), "imdbID is none"),
        ],
    )
    def test_unusable_rows(self, row, reason):
        with pytest.raises(BadRecord, match=f"^{reason}$"):
            adopt.adopt_row(row)
        assert not Movie.objects.exists()


@pytest.mark.django_db
class TestStored:
    def test_a_film_is_found_by_its_imdb_id(self):
        stored = MovieFactory(imdb_id="tt0000007", title="A title of TMDB's", year=2018, overview="TMDB's words.")
        before = values_of(stored)
        assert adopt.adopt_row(title_json(7)).pk == stored.pk
        filled = {"directors": ["Dee Rector"], "cast": ["First Player", "Second Player"]}
        filled |= {"certification": "PG-13", "age_restriction": 13}
        figures = {"imdb_rating": Decimal("7.9"), "imdb_votes": 1_234_567, "metascore": 71}
        assert values_of(stored) == before | filled | figures

    def test_the_same_row_again_writes_nothing(self):
        first = adopt.adopt_row(title_json(7))
        again = adopt.adopt_row(title_json(7))
        assert (again.pk, again.updated_at) == (first.pk, first.updated_at)

    def test_locked_fields_stay(self, drama):
        locked = ["cast", "certification", "directors", "genres", "imdb_rating", "overview", "release_date", "runtime"]
        stored = MovieFactory(**EMPTY, imdb_id="tt0000007", locked_fields=locked)
        before = values_of(stored)
        adopt.adopt_row(title_json(7))
        assert values_of(stored) == before | {"year": 2019, "imdb_votes": 1_234_567, "metascore": 71}
        assert not stored.genres.exists()

    def test_a_date_comes_with_its_year_only(self):
        stored = MovieFactory(**EMPTY, imdb_id="tt0000007", locked_fields=["year"])
        adopt.adopt_row(title_json(7))
        assert (values_of(stored)["year"], values_of(stored)["release_date"]) == (None, None)

    def test_genres_that_are_there_stay(self, drama):
        comedy = GenreFactory(name="Comedy")
        stored = MovieFactory(imdb_id="tt0000007", genres=[comedy])
        adopt.adopt_row(title_json(7))
        assert list(stored.genres.all()) == [comedy]

    def test_new_people_can_be_searched(self, django_capture_on_commit_callbacks):
        MovieFactory(imdb_id="tt0000007")
        with django_capture_on_commit_callbacks(execute=True):
            adopt.adopt_row(title_json(7))
        assert SearchWord.objects.filter(word="rector").exists()

    def test_a_private_film_is_left_alone(self):
        own = MovieFactory(tmdb_id=None, owner=UserFactory(), imdb_id="tt0000007", title="The Lantern Keeper 7")
        before = values_of(own)
        movie = adopt.adopt_row(title_json(7))
        assert movie.pk != own.pk
        assert (movie.owner, values_of(own)) == (None, before)


@pytest.mark.django_db
class TestRecognised:
    @pytest.mark.parametrize("title", ["The Lantern Keeper 7", "the lântern keeper: 7!"])
    def test_a_film_without_an_imdb_id_matches_by_title_and_year(self, title):
        stored = MovieFactory(title=title, year=2019)
        assert adopt.adopt_row(title_json(7)).pk == stored.pk
        assert values_of(stored)["imdb_id"] == "tt0000007"
        assert values_of(stored)["title"] == title

    @pytest.mark.parametrize(
        "other",
        [
            {"year": 2018},
            {"year": None},
            {"title": "The Lantern Keepers 7"},
            {"imdb_id": "tt0000008"},
            {"locked_fields": ["imdb_id"]},
            {"directors": ["Another Director"]},
        ],
    )
    def test_an_uncertain_match_stays_another_film(self, other):
        stored = MovieFactory(**{"title": "The Lantern Keeper 7", "year": 2019} | other)
        before = values_of(stored)
        assert adopt.adopt_row(title_json(7)).pk != stored.pk
        assert values_of(stored) == before

    def test_a_director_in_common_is_no_contradiction(self):
        stored = MovieFactory(title="The Lantern Keeper 7", year=2019, directors=["Another Director", "DEE RECTOR"])
        assert adopt.adopt_row(title_json(7)).pk == stored.pk

    def test_of_two_alike_neither_matches(self):
        MovieFactory.create_batch(2, title="The Lantern Keeper 7", year=2019)
        adopt.adopt_row(title_json(7))
        assert Movie.objects.count() == 3

    def test_without_a_year_nothing_matches(self):
        MovieFactory(title="The Lantern Keeper 7", year=None)
        adopt.adopt_row(title_json(7, Year="N/A", Released="N/A"))
        assert Movie.objects.count() == 2


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_concurrent_adoptions_make_one_film(self):
        films = at_once([lambda: adopt.adopt_row(title_json(7)).pk] * CROWD)
        assert len(set(films)) == 1
        assert Movie.objects.count() == 1

    def test_concurrent_matches_make_one_film(self):
        stored = MovieFactory(title="The Lantern Keeper 7", year=2019)
        assert set(at_once([lambda: adopt.adopt_row(title_json(7)).pk] * CROWD)) == {stored.pk}
        assert Movie.objects.count() == 1

    def test_control_without_the_second_look_the_race_fails(self, monkeypatch):
        monkeypatch.setattr(adoption, "ATTEMPTS", 1)
        for number in range(20):
            outcomes = at_once([lambda number=number: adopt.adopt_row(title_json(number)).pk] * CROWD)
            if any(isinstance(outcome, Exception) for outcome in outcomes):
                return
        pytest.fail("No two adoptions ever met.")

    def test_inside_an_outer_transaction(self):
        def within():
            with transaction.atomic():
                return adopt.adopt_row(title_json(7)).pk

        assert len(set(at_once([within] * CROWD))) == 1


@pytest.mark.django_db
def test_a_violated_constraint_is_raised():
    with pytest.raises(adoption.IntegrityError):
        adoption.adopt(broken())
    assert not Movie.objects.exists()


def broken():
    from dataclasses import replace

    from catalog_sync.mapping import map_omdb_film, parse_omdb_title

    return replace(map_omdb_film(parse_omdb_title(title_json(7)), "US"), title="")


class TestScheduleCompletion:
    def test_without_a_key_there_is_no_task(self, settings, monkeypatch):
        settings.TMDB_API_KEY = ""
        monkeypatch.setattr(publishing, "publish", lambda *args: pytest.fail("asked"))
        adopt.schedule_completion([7])

    @pytest.mark.django_db
    def test_one_task_after_the_commit(self, settings, monkeypatch, django_capture_on_commit_callbacks):
        settings.TMDB_API_KEY = "key"
        sent = []
        monkeypatch.setattr(publishing, "publish", lambda *args: sent.append(args))
        with django_capture_on_commit_callbacks(execute=True):
            adopt.schedule_completion({7: "a film"}.keys())
            assert sent == []
        assert sent == [("catalog_sync.tasks.complete_films", [[7]])]
