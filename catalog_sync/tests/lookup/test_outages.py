"""Look-ups while OMDb, Redis or the database fail, and after the allowance is spent."""

import pytest
from django.db import OperationalError

from catalog_sync import lookup
from catalog_sync.clients.errors import NoCapacity
from catalog_sync.lookup.single_flight import single_flight
from catalog_sync.tests.fakes.omdb import error_json, title_json
from catalog_sync.tests.fakes.server import KEY
from common.errors import UpstreamUnavailable
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def unavailable(error, *query):
    with pytest.raises(error) as raised:
        lookup.find(*query)
    assert type(raised.value) is error
    return str(raised.value), raised.value.wait


def test_a_spent_allowance(fake, settings, events):
    settings.OMDB_DAILY_LIMIT = 1
    lookup.find("Lantern")
    sentence, wait = unavailable(lookup.AllowanceSpent, "Another")
    assert sentence == "Today's look-ups at OMDb are used up. Try again after midnight, UTC."
    assert 0 < wait <= 86_400
    assert len(fake.requests) == 1
    assert lookup.find("Lantern").imdb_id == "tt0000007"


def test_a_spent_allowance_is_reported_before_the_limit_counts(fake, settings):
    settings.OMDB_DAILY_LIMIT = 0
    with pytest.raises(lookup.AllowanceSpent):
        lookup.find("Lantern", check_limit=lambda: pytest.fail("counted"))


def test_omdb_reports_a_spent_allowance(fake):
    fake.fail("t=", status=401, body=b'{"Response":"False","Error":"Request limit reached!"}', times=9)
    for _ in range(2):
        unavailable(lookup.AllowanceSpent, "Lantern")
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("fault", "most_calls"),
    [({"status": 500}, 2), ({"closed": True}, 2), ({"body": b"<html>"}, 2), ({"status": 502, "body": b"<p>"}, 2)],
)
def test_an_outage_pauses_all_look_ups(fake, fault, most_calls):
    fake.fail("t=", times=99, **{"status": 200} | fault)
    message = "OMDb, which we ask for films that we don't have, is not answering. Try again soon."
    assert unavailable(UpstreamUnavailable, "Lantern") == (message, 10)
    sentence, wait = unavailable(UpstreamUnavailable, "Another")
    assert (sentence, 0 < wait <= 11) == (message, True)
    assert len(fake.requests) <= most_calls


def test_look_ups_go_on_after_the_pause(fake):
    fake.fail("t=", status=500, times=2)
    unavailable(UpstreamUnavailable, "Lantern")
    redis = single_flight("lookup")._redis
    assert 0 < redis.pttl("marquee:lookup:pause") <= 10_000
    redis.delete("marquee:lookup:pause")
    assert lookup.find("Lantern").imdb_id == "tt0000007"


def test_the_pause_obeys_retry_after(fake):
    fake.fail("t=", status=429, headers={"Retry-After": "30"}, times=99)
    assert unavailable(UpstreamUnavailable, "Lantern")[1] == 30
    assert len(fake.requests) == 1


def test_one_failed_attempt_is_repeated(fake):
    fake.fail("t=", status=500)
    assert lookup.find("Lantern").imdb_id == "tt0000007"
    assert len(fake.requests) == 2


def test_a_silent_omdb_costs_seconds_only(fake, monkeypatch):
    monkeypatch.setattr("catalog_sync.clients.omdb.InteractiveOMDbClient.timeout", (0.2, 0.2))
    fake.latency = 30
    unavailable(UpstreamUnavailable, "Lantern")
    assert len(fake.requests) == 2


def test_a_dripping_omdb_costs_seconds_only(fake, monkeypatch):
    monkeypatch.setattr("catalog_sync.clients.omdb.InteractiveOMDbClient.body_seconds", 0.2)
    fake.fail("t=", status=200, body=b"{" + b" " * 10_000, drip=0.05, times=9)
    unavailable(UpstreamUnavailable, "Lantern")


def test_an_oversized_reply(fake, monkeypatch):
    monkeypatch.setattr("catalog_sync.clients.omdb.MAX_BYTES", 1000)
    fake.titles["tt0000007"] = title_json(7, Plot="x" * 1000)
    unavailable(UpstreamUnavailable, "Lantern")


def test_a_refused_key_is_named_in_the_log_only(fake, events, caplog):
    fake.fail("t=", status=401, body=b'{"Response":"False","Error":"Invalid API key!"}', times=9)
    message = "This site can't look films up at OMDb at the moment."
    assert unavailable(UpstreamUnavailable, "Lantern") == (message, 60)
    assert unavailable(UpstreamUnavailable, "Another")[0] == message
    assert len(fake.requests) == 1
    reasons = [entry["reason"] for entry in events("lookup_locked_out")]
    assert reasons == ["OMDb does not accept the key in OMDB_API_KEY."]
    assert KEY not in caplog.text


def test_no_key(fake, settings):
    settings.OMDB_API_KEY = ""
    with pytest.raises(lookup.UnknownFilm, match="this site cannot ask OMDb for others"):
        lookup.find("Lantern")
    settings.OMDB_API_KEY = KEY
    assert lookup.find("Lantern").imdb_id == "tt0000007"


def test_an_unreadable_answer_concerns_this_film_only(fake):
    fake.titles["tt0000008"] = b'{"Title":"The "Quoted" Film"}'
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable, match="answer about this film can't be used"):
            lookup.find(imdb_id="tt0000008")
    assert lookup.find(imdb_id="tt0000007").imdb_id == "tt0000007"
    assert len(fake.requests) == 2


def test_an_internal_error_of_omdb(fake):
    fake.titles["tt0000008"] = error_json("Error getting data.")
    with pytest.raises(UpstreamUnavailable, match="answer about this film can't be used"):
        lookup.find(imdb_id="tt0000008")


def test_no_capacity_in_time(fake, monkeypatch):
    def crowded():
        raise NoCapacity

    monkeypatch.setattr(fake.limiter, "acquire", crowded)
    message = "Many requests to OMDb are waiting. Try again in a moment."
    assert unavailable(lookup.Busy, "Lantern") == (message, 2)
    monkeypatch.undo()


def test_without_redis_stored_films_are_found(fake, settings, unused_port):
    settings.BROKER_URL = f"redis://127.0.0.1:{unused_port}/0"
    film = MovieFactory(title="Stored")
    assert lookup.find("Stored") == film
    message = "Films that we don't have can't be looked up at the moment. Try again soon."
    assert unavailable(UpstreamUnavailable, "Lantern") == (message, 10)
    assert fake.requests == []


def test_without_redis_after_the_call(fake, monkeypatch):
    """The film is stored and returned; only its answer is not kept."""
    from redis import RedisError

    def away(*_):
        raise RedisError

    monkeypatch.setattr("catalog_sync.lookup.single_flight.SingleFlight.publish", away)
    assert lookup.find("Lantern").imdb_id == "tt0000007"


def test_a_database_error_ends_the_lease(fake, monkeypatch):
    def away(_row):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr("catalog_sync.adoption.adopt.adopt_row", away)
        with pytest.raises(OperationalError):
            lookup.find("Lantern")
    assert lookup.find("Lantern").imdb_id == "tt0000007"


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]
