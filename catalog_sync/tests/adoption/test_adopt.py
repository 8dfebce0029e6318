"""What becomes of a row of OMDb's: one film of the catalogue, whatever was here before."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.tests.factories import UserFactory
from catalog_sync.adoption import adopt
from catalog_sync.mapping import BadRecord
from catalog_sync.tests.fakes.omdb import title_json
from movies.models import Movie, SearchWord, SyncState
from movies.providers import adoption
from movies.tests.at_once import at_once
from movies.tests.factories import GenreFactory, MovieFactory

FACTS = (
    "tmdb_id", "imdb_id", "owner", "title", "original_title", "overview", "release_date", "year", "runtime",
    "directors", "cast", "certification", "age_restriction", "popularity", "vote_average", "imdb_rating", "imdb_votes",
    "metascore", "poster_source", "poster_key", "locked_fields",
)  # fmt: skip
# Each waits for those before it, at most as long as the database lets anybody wait for a lock.
CROWD = 5
EMPTY = {"tmdb_id": None, "year": None, "runtime": None}


def facts_of(movie):
    return Movie.objects.filter(pk=movie.pk).values(*FACTS).get()


@pytest.fixture
def drama(db):
    return GenreFactory(name="Drama")


@pytest.mark.django_db
class TestNew:
    def test_all_that_omdb_says_becomes_a_film(self, drama):
        movie = adopt.adopt(title_json(7))
        assert facts_of(movie) == {
            "tmdb_id": None,
            "imdb_id": "tt0000007",
            "owner": None,
            "title": "The Lantern Keeper 7",
            "original_title": "",
            "overview": "Somebody keeps a lantern alight.",
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

    def test_the_nights_know_that_omdb_was_asked(self):
        state = SyncState.objects.get(movie=adopt.adopt(title_json(7)))
        assert state.omdb_synced_at is not None
        assert state.details_synced_at is None

    def test_its_words_are_learnt(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            adopt.adopt(title_json(7))
        assert set(SearchWord.objects.values_list("word", flat=True)) >= {"lantern", "keeper", "rector", "player"}

    def test_a_row_that_knows_next_to_nothing(self):
        nothing = dict.fromkeys(title_json(7).keys() - {"Title", "imdbID", "Response", "Ratings"}, "N/A")
        movie = adopt.adopt(title_json(7, **nothing))
        assert (movie.title, movie.year, movie.release_date, movie.runtime, movie.overview, movie.directors) == (
            "The Lantern Keeper 7",
            None,
            None,
            None,
            "",
            [],
        )

    @pytest.mark.parametrize(
        ("said", "stored"),
        [
            ({"Year": "2019", "Released": "03 Jan 2020"}, (2019, None)),
            ({"Year": "N/A", "Released": "03 Jan 2020"}, (2020, date(2020, 1, 3))),
            ({"Year": "2019", "Released": "N/A"}, (2019, None)),
        ],
    )
    def test_a_date_of_another_year_is_left_out(self, said, stored):
        movie = adopt.adopt(title_json(7, **said))
        assert (movie.year, movie.release_date) == stored

    def test_genres_come_in_tmdbs_words_and_unknown_ones_are_left_out(self):
        names = ["Science Fiction", "Music", "War"]
        expected = {GenreFactory(name=name).name for name in names}
        movie = adopt.adopt(title_json(7, Genre="Sci-Fi, Musical, war, Film-Noir"))
        assert {genre.name for genre in movie.genres.all()} == expected

    @pytest.mark.parametrize("kind", ["series", "episode", "game"])
    def test_what_is_no_film(self, kind):
        with pytest.raises(adopt.NotAFilm) as refused:
            adopt.adopt(title_json(7, Type=kind))
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
    def test_what_cannot_be_used(self, row, reason):
        with pytest.raises(BadRecord, match=f"^{reason}$"):
            adopt.adopt(row)
        assert not Movie.objects.exists()


@pytest.mark.django_db
class TestHeld:
    def test_a_film_is_found_by_its_imdb_id(self):
        held = MovieFactory(imdb_id="tt0000007", title="A title of TMDB's", year=2018, overview="TMDB's words.")
        before = facts_of(held)
        assert adopt.adopt(title_json(7)).pk == held.pk
        filled = {"directors": ["Dee Rector"], "cast": ["First Player", "Second Player"]}
        filled |= {"certification": "PG-13", "age_restriction": 13}
        figures = {"imdb_rating": Decimal("7.9"), "imdb_votes": 1_234_567, "metascore": 71}
        assert facts_of(held) == before | filled | figures

    def test_the_same_row_again_writes_nothing(self):
        first = adopt.adopt(title_json(7))
        again = adopt.adopt(title_json(7))
        assert (again.pk, again.updated_at) == (first.pk, first.updated_at)

    def test_locked_fields_stay(self, drama):
        locked = ["cast", "certification", "directors", "genres", "imdb_rating", "overview", "release_date", "runtime"]
        held = MovieFactory(**EMPTY, imdb_id="tt0000007", locked_fields=locked)
        before = facts_of(held)
        adopt.adopt(title_json(7))
        assert facts_of(held) == before | {"year": 2019, "imdb_votes": 1_234_567, "metascore": 71}
        assert not held.genres.exists()

    def test_a_date_comes_with_its_year_only(self):
        held = MovieFactory(**EMPTY, imdb_id="tt0000007", locked_fields=["year"])
        adopt.adopt(title_json(7))
        assert (facts_of(held)["year"], facts_of(held)["release_date"]) == (None, None)

    def test_genres_that_are_there_stay(self, drama):
        comedy = GenreFactory(name="Comedy")
        held = MovieFactory(imdb_id="tt0000007", genres=[comedy])
        adopt.adopt(title_json(7))
        assert list(held.genres.all()) == [comedy]

    def test_new_people_are_learnt(self, django_capture_on_commit_callbacks):
        MovieFactory(imdb_id="tt0000007")
        with django_capture_on_commit_callbacks(execute=True):
            adopt.adopt(title_json(7))
        assert SearchWord.objects.filter(word="rector").exists()

    def test_somebodys_private_film_is_left_alone(self):
        own = MovieFactory(tmdb_id=None, owner=UserFactory(), imdb_id="tt0000007", title="The Lantern Keeper 7")
        before = facts_of(own)
        movie = adopt.adopt(title_json(7))
        assert movie.pk != own.pk
        assert (movie.owner, facts_of(own)) == (None, before)


@pytest.mark.django_db
class TestRecognised:
    @pytest.mark.parametrize("title", ["The Lantern Keeper 7", "the lântern keeper: 7!"])
    def test_a_film_without_an_imdb_id_is_known_by_title_and_year(self, title):
        held = MovieFactory(title=title, year=2019)
        assert adopt.adopt(title_json(7)).pk == held.pk
        assert facts_of(held)["imdb_id"] == "tt0000007"
        assert facts_of(held)["title"] == title

    @pytest.mark.parametrize(
        "other",
        [
            {"year": 2018},
            {"year": None},
            {"title": "The Lantern Keepers 7"},
            {"imdb_id": "tt0000008"},
            {"locked_fields": ["imdb_id"]},
            {"directors": ["Somebody Else"]},
        ],
    )
    def test_what_is_not_surely_it_stays_another_film(self, other):
        held = MovieFactory(**{"title": "The Lantern Keeper 7", "year": 2019} | other)
        before = facts_of(held)
        assert adopt.adopt(title_json(7)).pk != held.pk
        assert facts_of(held) == before

    def test_a_director_in_common_is_no_contradiction(self):
        held = MovieFactory(title="The Lantern Keeper 7", year=2019, directors=["Somebody Else", "DEE RECTOR"])
        assert adopt.adopt(title_json(7)).pk == held.pk

    def test_of_two_alike_neither_is_it(self):
        MovieFactory.create_batch(2, title="The Lantern Keeper 7", year=2019)
        adopt.adopt(title_json(7))
        assert Movie.objects.count() == 3

    def test_without_a_year_nothing_is_recognised(self):
        MovieFactory(title="The Lantern Keeper 7", year=None)
        adopt.adopt(title_json(7, Year="N/A", Released="N/A"))
        assert Movie.objects.count() == 2


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_adopted_by_many_at_once_it_is_one_film(self):
        films = at_once([lambda: adopt.adopt(title_json(7)).pk] * CROWD)
        assert len(set(films)) == 1
        assert Movie.objects.count() == 1

    def test_recognised_by_many_at_once_it_is_one_film(self):
        held = MovieFactory(title="The Lantern Keeper 7", year=2019)
        assert set(at_once([lambda: adopt.adopt(title_json(7)).pk] * CROWD)) == {held.pk}
        assert Movie.objects.count() == 1

    def test_without_the_second_look_it_goes_wrong(self, monkeypatch):
        """The control: the race is there, and only the second look makes it one film for everybody."""
        monkeypatch.setattr(adoption, "LOOKS", 1)
        for number in range(20):
            outcomes = at_once([lambda number=number: adopt.adopt(title_json(number)).pk] * CROWD)
            if any(isinstance(outcome, Exception) for outcome in outcomes):
                return
        pytest.fail("Nobody ever met another.")

    def test_inside_somebodys_transaction_too(self):
        def within():
            with transaction.atomic():
                return adopt.adopt(title_json(7)).pk

        assert len(set(at_once([within] * CROWD))) == 1


@pytest.mark.django_db
def test_a_broken_rule_of_the_table_is_told():
    with pytest.raises(adoption.IntegrityError):
        adoption.adopt(broken())
    assert not Movie.objects.exists()


def broken():
    from dataclasses import replace

    from catalog_sync.mapping import map_omdb_film, parse_omdb_title

    return replace(map_omdb_film(parse_omdb_title(title_json(7)), "US"), title="")


class TestLater:
    def test_without_a_key_nobody_is_asked(self, settings, monkeypatch):
        settings.TMDB_API_KEY = ""
        monkeypatch.setattr(adopt.app, "send_task", lambda *args: pytest.fail("asked"))
        adopt.schedule_completion([7])

    @pytest.mark.django_db
    def test_one_task_after_the_commit(self, settings, monkeypatch, django_capture_on_commit_callbacks):
        settings.TMDB_API_KEY = "key"
        sent = []
        monkeypatch.setattr(adopt.app, "send_task", lambda *args: sent.append(args))
        with django_capture_on_commit_callbacks(execute=True):
            adopt.schedule_completion({7: "a film"}.keys())
            assert sent == []
        assert sent == [("catalog_sync.tasks.complete_films", [[7]])]
