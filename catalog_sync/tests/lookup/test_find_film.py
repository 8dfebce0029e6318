"""A film by title or by IMDb id: from the cache, the database or OMDb."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from accounts.tests.factories import UserFactory
from catalog_sync import lookup
from catalog_sync.lookup.single_flight import single_flight
from catalog_sync.tests.fakes.omdb import title_json
from common.errors import TooManyRequests
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def calls(fake):
    return [{name: value for name, value in request.query.items() if name != "r"} for request in fake.requests]


def message_of(error, *query, **named):
    """Return the message of the error that the look-up raises."""
    with pytest.raises(error) as raised:
        lookup.find(*query, **named)
    return str(raised.value)


class TestStoredFilms:
    @pytest.mark.parametrize("title", ["Amélie", "amelie", " AMÉLIE! ", "Le fabuleux destin d’Amélie Poulain"])
    def test_by_title_ignoring_case_accents_and_signs(self, fake, title):
        film = MovieFactory(title="Amélie", original_title="Le Fabuleux Destin d'Amélie Poulain")
        assert lookup.find(title) == film
        assert fake.requests == []

    @pytest.mark.parametrize("title", ["七人の侍", "!!!", "12:08", "Мой друг Иван Лапшин"])
    def test_a_title_in_any_script(self, fake, title):
        film = MovieFactory(title=title)
        assert lookup.find(title) == film

    def test_the_best_known_without_a_year_and_the_one_of_the_year_with_it(self, fake):
        old, new = (MovieFactory(title="Dune", year=year, popularity=year) for year in (1984, 2021))
        assert lookup.find("Dune") == new
        assert lookup.find("Dune", 1984) == old

    def test_a_title_comes_before_an_original_title(self, fake):
        MovieFactory(title="Dark Water", original_title="Sea", popularity=9)
        film = MovieFactory(title="Sea")
        assert lookup.find("sea") == film

    @pytest.mark.parametrize("title", ["Lantern Keeper", "The Lantern Keepr", "The Lantern"])
    def test_a_similar_title_does_not_match(self, fake, title):
        MovieFactory(title="The Lantern Keeper", original_title="Keeper of Lanterns")
        fake.titles = {}
        message_of(lookup.UnknownFilm, title)

    @pytest.mark.parametrize("title", ["Rocky 2", "rocky two", "Der zweite Kampf"])
    def test_another_writing_and_an_alternative_title_match(self, fake, title):
        film = MovieFactory(title="Rocky II", alternative_titles=["Der zweite Kampf"], year=1979)
        assert (lookup.find(title), lookup.find(title, 1979)) == (film, film)
        assert fake.requests == []

    def test_a_number_is_no_other_film_without_a_year(self, fake):
        MovieFactory(title="10", year=1979)
        fake.titles = {}
        message_of(lookup.UnknownFilm, "Ten")

    def test_by_imdb_id(self, fake):
        film = MovieFactory(imdb_id="tt0000009")
        assert lookup.find(imdb_id="tt0000009") == film
        assert fake.requests == []

    def test_private_films_do_not_match(self, fake):
        own = MovieFactory(tmdb_id=None, owner=UserFactory(), title="Lantern or: The Keeper 7", imdb_id="tt0000007")
        for movie in (lookup.find("Lantern or: The Keeper 7"), lookup.find(imdb_id="tt0000007")):
            assert (movie == own, movie.owner) == (False, None)
        assert len(fake.requests) == 1


class TestOmdb:
    def test_a_film_is_stored_and_asked_for_once(self, fake):
        movie = lookup.find("Lantern", 2019)
        assert (movie.title, movie.imdb_id, movie.owner) == ("Lantern or: The Keeper 7", "tt0000007", None)
        assert lookup.find("  lantern ", 2019) == movie
        assert lookup.find(imdb_id="tt0000007") == movie
        assert calls(fake) == [{"t": "Lantern", "y": "2019"}]

    def test_by_imdb_id(self, fake):
        assert lookup.find(imdb_id="tt0000007").title == "Lantern or: The Keeper 7"
        assert calls(fake) == [{"i": "tt0000007"}]

    def test_the_answer_outlives_the_cache(self, fake):
        movie = lookup.find("Lantern")
        cache.clear()
        single_flight("lookup")
        assert lookup.find("Lantern") == movie
        assert len(fake.requests) == 1

    def test_another_year_is_another_question(self, fake):
        lookup.find("Lantern")
        lookup.find("Lantern", 2019)
        assert len(fake.requests) == 2

    def test_a_deleted_film_is_looked_up_anew(self, fake):
        lookup.find("Lantern").delete()
        assert lookup.find("Lantern").imdb_id == "tt0000007"
        assert len(fake.requests) == 2

    def test_an_unknown_film_is_remembered(self, fake):
        sentence = "Neither we nor OMDb know a film called “No Such Film” of 1999."
        for _ in range(2):
            assert message_of(lookup.UnknownFilm, "No Such Film", 1999) == sentence
        sentence = "Neither we nor OMDb know a film with the IMDb id tt9999999."
        for _ in range(2):
            assert message_of(lookup.UnknownFilm, imdb_id="tt9999999") == sentence
        assert calls(fake) == [{"t": "No Such Film", "y": "1999"}, {"i": "tt9999999"}]

    def test_a_film_stored_meanwhile_is_found_at_once(self, fake):
        message_of(lookup.UnknownFilm, "No Such Film")
        film = MovieFactory(title="No such film")
        assert lookup.find("No Such Film") == film

    def test_unknown_films_are_forgotten_sooner(self, fake, settings):
        settings.LOOKUP_TTL, settings.LOOKUP_UNKNOWN_TTL = 500, 50
        message_of(lookup.UnknownFilm, "No Such Film")
        lookup.find("Lantern")
        redis = single_flight("lookup")._redis
        left = sorted(redis.ttl(key) for key in redis.scan_iter("marquee:lookup:*"))
        assert len(left) == 2
        assert 0 < left[0] <= 50 < left[1] <= 500

    @pytest.mark.parametrize(
        ("kind", "text"), [("series", "a series"), ("game", "a game"), ("episode", "an episode of a series")]
    )
    def test_series_games_and_episodes_are_named(self, fake, kind, text):
        fake.titles = {"tt0000008": title_json(8, Title="Lantern: The Return", Type=kind)}
        sentence = f"“Lantern: The Return” is {text}; Marquee has films only."
        for query in ({"title": "lantern"}, {"imdb_id": "tt0000008"}) * 2:
            assert message_of(lookup.NotAFilm, **query) == sentence
        assert calls(fake) == [{"t": "lantern"}, {"t": "lantern", "type": "movie"}, {"i": "tt0000008"}]
        assert not Movie.objects.exists()

    def test_a_film_wins_over_a_game_of_the_same_name(self, fake):
        fake.titles = {"tt0000008": title_json(8, Title="Lantern or: The Keeper 8", Type="game")} | fake.titles
        assert lookup.find("Lantern").imdb_id == "tt0000007"

    @pytest.mark.parametrize("row", [title_json(7, Genre="Adult"), title_json(7, Title="N/A"), title_json(9)])
    def test_an_unusable_row_counts_as_unknown(self, fake, row):
        fake.titles = {"tt0000007": row}
        for _ in range(2):
            message_of(lookup.UnknownFilm, imdb_id="tt0000007")
        assert len(fake.requests) == 1

    def test_a_film_is_completed_later(self, fake, settings, monkeypatch):
        sent = []
        monkeypatch.setattr("catalog_sync.adoption.adopt.schedule_completion", sent.append)
        stored = MovieFactory(title="Another title", imdb_id="tt0000008", poster_key="ab")
        fake.titles["tt0000008"] = title_json(8, Title="The Third")
        assert lookup.find("third") == stored
        assert sent == []
        movie = lookup.find("Lantern")
        assert sent == [[movie.pk]]


class TestQuery:
    @pytest.mark.parametrize(
        ("query", "errors"),
        [
            ({}, {"title": ["Give a title, or an imdb_id."]}),
            ({"title": "  "}, {"title": ["Give a title, or an imdb_id."]}),
            ({"year": 1999}, {"title": ["Give a title, or an imdb_id."]}),
            ({"title": "x" * 201}, {"title": ["At most 200 characters."]}),
            ({"title": "a\x00b"}, {"title": ["Control characters are not allowed."]}),
            ({"title": "\u200b"}, {"title": ["It has no readable characters."]}),
            ({"title": "\ud800"}, {"title": ["Control characters are not allowed."]}),
            ({"title": "Dune", "year": 1869}, {"year": ["Give a year from 1870 to 2200."]}),
            ({"title": "Dune", "year": 10**30}, {"year": ["Give a year from 1870 to 2200."]}),
            ({"imdb_id": "tt12"}, {"imdb_id": ["An IMDb id looks like tt0211915."]}),
            ({"imdb_id": "tt0211915", "title": "x"}, {"imdb_id": ["Give either a title or an imdb_id, not both."]}),
            ({"imdb_id": "tt0211915", "year": 1999}, {"year": ["An imdb_id needs no year."]}),
            (
                {"imdb_id": "x", "year": 1},
                {"imdb_id": ["An IMDb id looks like tt0211915."], "year": ["Give a year from 1870 to 2200."]},
            ),
        ],
    )
    def test_invalid_queries(self, fake, query, errors):
        with pytest.raises(ValidationError) as refused:
            lookup.find(**query)
        assert refused.value.message_dict == errors
        assert fake.requests == []

    def test_the_longest_title(self, fake):
        message_of(lookup.UnknownFilm, "x" * 200)


class TestLimit:
    def test_only_look_ups_at_omdb_count(self, fake):
        checks = []
        MovieFactory(title="Stored")
        for title in ("Stored", "Stored", "Lantern", "Lantern", "Nothing"):
            try:
                lookup.find(title, check_limit=lambda title=title: checks.append(title))
            except lookup.UnknownFilm:
                continue
        assert checks == ["Lantern", "Nothing"]

    def test_a_caller_over_the_limit_leaves_the_question_to_others(self, fake):
        def refuse():
            raise TooManyRequests(wait=7)

        with pytest.raises(TooManyRequests):
            lookup.find("Lantern", check_limit=refuse)
        assert fake.requests == []
        assert lookup.find("Lantern").imdb_id == "tt0000007"


class TestQueries:
    @pytest.mark.parametrize("films", [1, 3])
    def test_from_the_database_and_from_the_cache(self, fake, django_assert_num_queries, films):
        MovieFactory.create_batch(films, title="Stored")
        with django_assert_num_queries(3):
            lookup.find("Stored")
        with django_assert_num_queries(2):
            lookup.find("Stored")

    def test_by_imdb_id(self, fake, django_assert_num_queries):
        MovieFactory(imdb_id="tt0000009")
        with django_assert_num_queries(2):
            lookup.find(imdb_id="tt0000009")
