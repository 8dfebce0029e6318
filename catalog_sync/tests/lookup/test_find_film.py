"""A film by title or by IMDb id: from the cache, the database or OMDb."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import OperationalError

from accounts.tests.factories import UserFactory
from catalog_sync import lookup
from catalog_sync.clients.errors import NoCapacity
from catalog_sync.lookup.single_flight import flights
from catalog_sync.tests.fakes.omdb import error_json, title_json
from catalog_sync.tests.fakes.server import KEY
from common.errors import TooManyRequests, UpstreamUnavailable
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(fake_omdb):
    fake_omdb.titles = {"tt0000007": title_json(7)}
    return fake_omdb


def calls(fake):
    return [{name: value for name, value in asked.query.items() if name != "r"} for asked in fake.requests]


def told(error, find, *asked):
    with pytest.raises(error) as raised:
        find(*asked)
    return str(raised.value)


class TestHeld:
    @pytest.mark.parametrize("title", ["Amélie", "amelie", " AMÉLIE! ", "Le fabuleux destin d’Amélie Poulain"])
    def test_by_title_ignoring_case_accents_and_signs(self, fake, title):
        film = MovieFactory(title="Amélie", original_title="Le Fabuleux Destin d'Amélie Poulain")
        assert lookup.by_title(title) == film
        assert fake.requests == []

    @pytest.mark.parametrize("title", ["七人の侍", "!!!", "12:08", "Мой друг Иван Лапшин"])
    def test_whatever_its_script(self, fake, title):
        film = MovieFactory(title=title)
        assert lookup.by_title(title) == film

    def test_the_best_known_without_a_year_and_the_one_of_the_year_with_it(self, fake):
        old, new = (MovieFactory(title="Dune", year=year, popularity=year) for year in (1984, 2021))
        assert lookup.by_title("Dune") == new
        assert lookup.by_title("Dune", 1984) == old

    def test_a_title_comes_before_an_original_title(self, fake):
        MovieFactory(title="Dark Water", original_title="Sea", popularity=9)
        film = MovieFactory(title="Sea")
        assert lookup.by_title("sea") == film

    @pytest.mark.parametrize("title", ["Lantern Keeper", "The Lantern Keepr", "The Lantern"])
    def test_what_is_only_nearly_it_is_not_taken_for_it(self, fake, title):
        MovieFactory(title="The Lantern Keeper", original_title="Keeper of Lanterns")
        fake.titles = {}
        told(lookup.UnknownFilm, lookup.by_title, title)

    def test_by_imdb_id(self, fake):
        film = MovieFactory(imdb_id="tt0000009")
        assert lookup.by_imdb_id("tt0000009") == film
        assert fake.requests == []

    def test_nobodys_private_film(self, fake):
        own = MovieFactory(tmdb_id=None, owner=UserFactory(), title="The Lantern Keeper 7", imdb_id="tt0000007")
        for movie in (lookup.by_title("The Lantern Keeper 7"), lookup.by_imdb_id("tt0000007")):
            assert (movie == own, movie.owner) == (False, None)
        assert len(fake.requests) == 1


class TestOmdb:
    def test_the_film_becomes_ours_and_is_asked_for_once(self, fake):
        movie = lookup.by_title("Lantern Keeper", 2019)
        assert (movie.title, movie.imdb_id, movie.owner) == ("The Lantern Keeper 7", "tt0000007", None)
        assert lookup.by_title("lantern  keeper", 2019) == movie
        assert lookup.by_imdb_id("tt0000007") == movie
        assert calls(fake) == [{"t": "Lantern Keeper", "y": "2019"}]

    def test_by_imdb_id(self, fake):
        assert lookup.by_imdb_id("tt0000007").title == "The Lantern Keeper 7"
        assert calls(fake) == [{"i": "tt0000007"}]

    def test_what_omdb_said_outlives_the_cache(self, fake):
        movie = lookup.by_title("Lantern")
        cache.clear()
        flights("lookup")
        assert lookup.by_title("Lantern") == movie
        assert len(fake.requests) == 1

    def test_another_year_is_another_question(self, fake):
        lookup.by_title("Lantern")
        lookup.by_title("Lantern", 2019)
        assert len(fake.requests) == 2

    def test_a_deleted_film_is_looked_up_anew(self, fake):
        lookup.by_title("Lantern").delete()
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"
        assert len(fake.requests) == 2

    def test_what_nobody_knows_is_remembered(self, fake):
        sentence = "Neither we nor OMDb know a film called “No Such Film” of 1999."
        for _ in range(2):
            assert told(lookup.UnknownFilm, lookup.by_title, "No Such Film", 1999) == sentence
        sentence = "Neither we nor OMDb know a film with the IMDb id tt9999999."
        for _ in range(2):
            assert told(lookup.UnknownFilm, lookup.by_imdb_id, "tt9999999") == sentence
        assert calls(fake) == [{"t": "No Such Film", "y": "1999"}, {"i": "tt9999999"}]

    def test_a_film_that_comes_in_otherwise_is_known_at_once(self, fake):
        told(lookup.UnknownFilm, lookup.by_title, "No Such Film")
        film = MovieFactory(title="No such film")
        assert lookup.by_title("No Such Film") == film

    def test_the_unknown_is_forgotten_sooner_than_the_known(self, fake, settings):
        settings.LOOKUP_TTL, settings.LOOKUP_UNKNOWN_TTL = 500, 50
        told(lookup.UnknownFilm, lookup.by_title, "No Such Film")
        lookup.by_title("Lantern")
        redis = flights("lookup")._redis
        left = sorted(redis.ttl(key) for key in redis.scan_iter("marquee:lookup:*"))
        assert len(left) == 2
        assert 0 < left[0] <= 50 < left[1] <= 500

    @pytest.mark.parametrize(
        ("kind", "said"), [("series", "a series"), ("game", "a game"), ("episode", "an episode of a series")]
    )
    def test_what_is_no_film_is_told_apart(self, fake, kind, said):
        fake.titles = {"tt0000008": title_json(8, Title="Lantern: The Return", Type=kind)}
        sentence = f"“Lantern: The Return” is {said}; Marquee has films only."
        for find, asked in ((lookup.by_title, "lantern"), (lookup.by_imdb_id, "tt0000008")) * 2:
            assert told(lookup.NotAFilm, find, asked) == sentence
        assert calls(fake) == [{"t": "lantern"}, {"t": "lantern", "type": "movie"}, {"i": "tt0000008"}]
        assert not Movie.objects.exists()

    def test_of_a_game_and_a_film_of_one_name_the_film(self, fake):
        fake.titles = {"tt0000008": title_json(8, Type="game"), "tt0000007": title_json(7)}
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"

    @pytest.mark.parametrize("row", [title_json(7, Genre="Adult"), title_json(7, Title="N/A"), title_json(9)])
    def test_what_cannot_be_used_is_not_there(self, fake, row):
        fake.titles = {"tt0000007": row}
        for _ in range(2):
            told(lookup.UnknownFilm, lookup.by_imdb_id, "tt0000007")
        assert len(fake.requests) == 1

    def test_a_film_is_completed_later(self, fake, settings, monkeypatch):
        sent = []
        monkeypatch.setattr("catalog_sync.adoption.adopt.schedule_completion", sent.append)
        held = MovieFactory(title="Another title", imdb_id="tt0000008", poster_key="ab")
        fake.titles["tt0000008"] = title_json(8, Title="A third")
        assert lookup.by_title("third") == held
        assert sent == []
        movie = lookup.by_title("Lantern")
        assert sent == [[movie.pk]]


class TestQuestions:
    @pytest.mark.parametrize(
        ("asked", "errors"),
        [
            ({}, {"title": ["Give a title, or an imdb_id."]}),
            ({"title": "  "}, {"title": ["Give a title, or an imdb_id."]}),
            ({"year": 1999}, {"title": ["Give a title, or an imdb_id."]}),
            ({"title": "x" * 201}, {"title": ["At most 200 characters."]}),
            ({"title": "a\x00b"}, {"title": ["Control characters are not allowed."]}),
            ({"title": "\u200b"}, {"title": ["There is nothing to read in it."]}),
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
    def test_what_cannot_be_asked(self, fake, asked, errors):
        with pytest.raises(ValidationError) as refused:
            lookup.find(**asked)
        assert refused.value.message_dict == errors
        assert fake.requests == []

    def test_the_longest_title(self, fake):
        told(lookup.UnknownFilm, lookup.by_title, "x" * 200)


class TestPermits:
    def test_only_what_goes_to_omdb_needs_one(self, fake):
        permits = []
        MovieFactory(title="Held")
        for title in ("Held", "Held", "Lantern", "Lantern", "Nothing"):
            try:
                lookup.by_title(title, permit=lambda title=title: permits.append(title))
            except lookup.UnknownFilm:
                continue
        assert permits == ["Lantern", "Nothing"]

    def test_who_has_none_leaves_the_question_to_others(self, fake):
        def refuse():
            raise TooManyRequests(wait=7)

        with pytest.raises(TooManyRequests):
            lookup.by_title("Lantern", permit=refuse)
        assert fake.requests == []
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"


class TestOutOfOrder:
    def unavailable(self, error, *asked):
        with pytest.raises(error) as raised:
            lookup.by_title(*asked)
        assert type(raised.value) is error
        return str(raised.value), raised.value.wait

    def test_a_spent_allowance(self, fake, settings, events):
        settings.OMDB_DAILY_LIMIT = 1
        lookup.by_title("Lantern")
        sentence, wait = self.unavailable(lookup.AllowanceSpent, "Another")
        assert sentence == "What we may ask OMDb in a day is spent. It goes on at midnight, UTC."
        assert 0 < wait <= 86_400
        assert len(fake.requests) == 1
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"

    def test_a_spent_allowance_needs_no_permit(self, fake, settings):
        settings.OMDB_DAILY_LIMIT = 0
        with pytest.raises(lookup.AllowanceSpent):
            lookup.by_title("Lantern", permit=lambda: pytest.fail("counted"))

    def test_omdb_itself_says_that_it_is_spent(self, fake):
        fake.fail("t=", status=401, body=b'{"Response":"False","Error":"Request limit reached!"}', times=9)
        for _ in range(2):
            self.unavailable(lookup.AllowanceSpent, "Lantern")
        assert len(fake.requests) == 1

    @pytest.mark.parametrize(
        ("fault", "most_calls"),
        [({"status": 500}, 2), ({"closed": True}, 2), ({"body": b"<html>"}, 2), ({"status": 502, "body": b"<p>"}, 2)],
    )
    def test_omdb_is_away_and_then_nobody_asks_for_a_while(self, fake, fault, most_calls):
        fake.fail("t=", times=99, **{"status": 200} | fault)
        said = "OMDb, which we ask for films that we don't have, is not answering. Try again soon."
        assert self.unavailable(UpstreamUnavailable, "Lantern") == (said, 10)
        sentence, wait = self.unavailable(UpstreamUnavailable, "Another")
        assert (sentence, 0 < wait <= 11) == (said, True)
        assert len(fake.requests) <= most_calls

    def test_it_goes_on_when_the_pause_is_over(self, fake):
        fake.fail("t=", status=500, times=2)
        self.unavailable(UpstreamUnavailable, "Lantern")
        redis = flights("lookup")._redis
        assert 0 < redis.pttl("marquee:lookup:pause") <= 10_000
        redis.delete("marquee:lookup:pause")
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"

    def test_a_wait_that_omdb_asks_for(self, fake):
        fake.fail("t=", status=429, headers={"Retry-After": "30"}, times=99)
        assert self.unavailable(UpstreamUnavailable, "Lantern")[1] == 30
        assert len(fake.requests) == 1

    def test_one_hiccup_is_not_noticed(self, fake):
        fake.fail("t=", status=500)
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"
        assert len(fake.requests) == 2

    def test_a_silent_omdb_costs_seconds_only(self, fake, monkeypatch):
        monkeypatch.setattr("catalog_sync.clients.omdb.InteractiveOMDbClient.timeout", (0.2, 0.2))
        fake.latency = 30
        self.unavailable(UpstreamUnavailable, "Lantern")
        assert len(fake.requests) == 2

    def test_a_dripping_omdb_costs_seconds_only(self, fake, monkeypatch):
        monkeypatch.setattr("catalog_sync.clients.omdb.InteractiveOMDbClient.seconds", 0.2)
        fake.fail("t=", status=200, body=b"{" + b" " * 10_000, drip=0.05, times=9)
        self.unavailable(UpstreamUnavailable, "Lantern")

    def test_a_flood_of_an_answer(self, fake, monkeypatch):
        monkeypatch.setattr("catalog_sync.clients.omdb.MAX_BYTES", 1000)
        fake.titles["tt0000007"] = title_json(7, Plot="x" * 1000)
        self.unavailable(UpstreamUnavailable, "Lantern")

    def test_a_wrong_key_is_told_in_the_log_only(self, fake, events, caplog):
        fake.fail("t=", status=401, body=b'{"Response":"False","Error":"Invalid API key!"}', times=9)
        said = "This site can't ask OMDb for films that it does not have."
        assert self.unavailable(UpstreamUnavailable, "Lantern") == (said, 60)
        assert self.unavailable(UpstreamUnavailable, "Another")[0] == said
        assert len(fake.requests) == 1
        reasons = [entry["reason"] for entry in events("lookup_locked_out")]
        assert reasons == ["OMDb does not accept the key in OMDB_API_KEY."]
        assert KEY not in caplog.text

    def test_no_key(self, fake, settings):
        settings.OMDB_API_KEY = ""
        with pytest.raises(lookup.UnknownFilm, match="this site asks nobody else"):
            lookup.by_title("Lantern")
        settings.OMDB_API_KEY = KEY
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"

    def test_an_answer_that_nobody_can_read_is_about_this_question_only(self, fake):
        fake.titles["tt0000008"] = b'{"Title":"The "Quoted" Film"}'
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable, match="OMDb has no usable answer"):
                lookup.by_imdb_id("tt0000008")
        assert lookup.by_imdb_id("tt0000007").imdb_id == "tt0000007"
        assert len(fake.requests) == 2

    def test_an_error_of_omdbs_own(self, fake):
        fake.titles["tt0000008"] = error_json("Error getting data.")
        with pytest.raises(UpstreamUnavailable, match="OMDb has no usable answer"):
            lookup.by_imdb_id("tt0000008")

    def test_no_turn_within_the_time_that_somebody_waits(self, fake, monkeypatch):
        def crowded():
            raise NoCapacity

        monkeypatch.setattr(fake.limiter, "acquire", crowded)
        said = "Much is being asked of OMDb. Try again in a moment."
        assert self.unavailable(lookup.Busy, "Lantern") == (said, 2)
        monkeypatch.undo()

    def test_without_redis_what_we_have_is_found(self, fake, settings, unused_port):
        settings.BROKER_URL = f"redis://127.0.0.1:{unused_port}/0"
        film = MovieFactory(title="Held")
        assert lookup.by_title("Held") == film
        said = "Films that we don't have can't be looked up at the moment. Try again soon."
        assert self.unavailable(UpstreamUnavailable, "Lantern") == (said, 10)
        assert fake.requests == []

    def test_without_redis_in_the_middle(self, fake, monkeypatch):
        """What was asked for is ours; only that it was asked for is forgotten."""
        from redis import RedisError

        def away(*_):
            raise RedisError

        monkeypatch.setattr("catalog_sync.lookup.single_flight.SingleFlight.land", away)
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"

    def test_a_database_that_fails_in_the_middle_keeps_nobody(self, fake, monkeypatch):
        def away(_row):
            raise OperationalError

        with monkeypatch.context() as patch:
            patch.setattr("catalog_sync.adoption.adopt.adopt", away)
            with pytest.raises(OperationalError):
                lookup.by_title("Lantern")
        assert lookup.by_title("Lantern").imdb_id == "tt0000007"


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class TestQueries:
    @pytest.mark.parametrize("films", [1, 3])
    def test_from_the_database_and_from_the_cache(self, fake, django_assert_num_queries, films):
        MovieFactory.create_batch(films, title="Held")
        with django_assert_num_queries(3):
            lookup.by_title("Held")
        with django_assert_num_queries(2):
            lookup.by_title("Held")

    def test_by_imdb_id(self, fake, django_assert_num_queries):
        MovieFactory(imdb_id="tt0000009")
        with django_assert_num_queries(2):
            lookup.by_imdb_id("tt0000009")
