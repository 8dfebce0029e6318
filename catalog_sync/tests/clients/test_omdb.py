import json
import logging

import pytest

from catalog_sync.clients.budget import DailyBudget
from catalog_sync.clients.errors import (
    AllowanceSpent,
    KeyRefused,
    NotConfigured,
    NotFound,
    Refused,
    Unavailable,
    Unreadable,
)
from catalog_sync.clients.omdb import OMDbClient, SearchPage
from catalog_sync.tests.fakes.omdb import error_json, title_json
from catalog_sync.tests.fakes.server import KEY


def test_a_row_by_id(fake_omdb):
    fake_omdb.titles["tt0000007"] = title_json(7)
    assert fake_omdb.client().by_id("tt0000007") == title_json(7)
    [request] = fake_omdb.requests
    assert (request.path, request.query, request.key) == ("/", {"i": "tt0000007", "r": "json"}, KEY)


def test_a_row_by_title(fake_omdb):
    fake_omdb.titles["tt0000007"] = title_json(7)
    assert OMDbClient().by_title("Lantern", 2019) == title_json(7)
    assert fake_omdb.requests[0].query == {"t": "Lantern", "type": "movie", "y": "2019", "r": "json"}
    fake_omdb.client().by_title("Lantern")
    assert "y" not in fake_omdb.requests[1].query


def test_the_pages_of_a_search(fake_omdb):
    fake_omdb.titles = {f"tt{number:07}": title_json(number) for number in range(1, 13)}
    client = fake_omdb.client()
    assert [row["imdbID"] for row in client.search("Lantern", page=2).results] == ["tt0000011", "tt0000012"]
    assert client.search("Lantern", 2019).total == 12
    assert client.search("nothing like it") == SearchPage(1, [], 0)
    with pytest.raises(ValueError, match="the pages 1 to 100"):
        client.search("Lantern", page=101)


@pytest.mark.parametrize("answer", [{"Response": "True"}, {"Response": "True", "Search": None, "totalResults": "x"}])
def test_a_search_without_its_rows_is_an_empty_page(fake_omdb, answer):
    fake_omdb.fail("s=", status=200, body=json.dumps(answer).encode())
    assert fake_omdb.client().search("abc") == SearchPage(1, [], 0)


NOTHING = ["Movie not found!", "Incorrect IMDb ID.", "Series not found!", "Too many results."]


@pytest.mark.parametrize("sentence", NOTHING)
def test_not_found(fake_omdb, sentence):
    fake_omdb.titles["tt0000007"] = error_json(sentence)
    with pytest.raises(NotFound, match=r"^OMDb does not have this record\.$"):
        fake_omdb.client().by_id("tt0000007")
    assert len(fake_omdb.requests) == 1


def test_an_internal_error_of_omdb_is_not_retried(fake_omdb):
    fake_omdb.titles["tt0000007"] = error_json("Error getting data.")
    with pytest.raises(Refused, match="an error of its own"):
        fake_omdb.client().by_id("tt0000007")
    assert len(fake_omdb.requests) == 1


@pytest.mark.parametrize("status", [200, 401])
def test_a_spent_allowance_is_told_from_a_wrong_key_by_the_text(fake_omdb, status):
    budget = DailyBudget("shared", 1000)
    fake_omdb.fail("i=", status=status, body=json.dumps(error_json("Request limit reached!")).encode())
    fake_omdb.fail("i=", status=status, body=json.dumps(error_json("Invalid API key!")).encode())
    with pytest.raises(AllowanceSpent):
        fake_omdb.client(budget=budget).by_id("tt1")
    assert budget.remaining() == 0
    with pytest.raises(AllowanceSpent):
        fake_omdb.client(budget=budget).by_id("tt1")
    assert len(fake_omdb.requests) == 1
    with pytest.raises(KeyRefused):
        fake_omdb.client().by_id("tt1")


@pytest.mark.parametrize("body", [b"<root><error>No API key provided.</error></root>", b"", b"<html>", b'{"Error": '])
def test_a_401_without_a_sentence_is_about_the_key(fake_omdb, body):
    fake_omdb.fail("i=", status=401, body=body)
    with pytest.raises(KeyRefused, match="OMDB_API_KEY"):
        fake_omdb.client().by_id("tt1")
    assert len(fake_omdb.requests) == 1


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        pytest.param(b'{"Plot": "one \x01\ttwo\nthree", "Response": "True"}', "Plot", "one \x01\ttwo\nthree", id="raw"),
        pytest.param(rb'{"Plot": "a \s b \' c", "Response": "True"}', "Plot", r"a \s b \' c", id="wrong escapes"),
        pytest.param(rb'{"Plot": "a \u12 b", "Response": "True"}', "Plot", r"a \u12 b", id="half an escape"),
        pytest.param(b'\xef\xbb\xbf {"Plot": "a"}\r\n', "Plot", "a", id="byte order mark"),
        pytest.param(b'{"Plot": "caf\xe9"}', "Plot", "caf\ufffd", id="no UTF-8"),
        pytest.param(rb'{"Plot": "say \"yes\" \u00e9\n"}', "Plot", 'say "yes" é\n', id="valid escapes stay"),
    ],
)
def test_invalid_json_is_repaired(fake_omdb, body, field, value):
    fake_omdb.titles["tt1"] = body
    assert fake_omdb.client().by_id("tt1")[field] == value
    assert len(fake_omdb.requests) == 1


def test_unescaped_quotes_in_an_error_are_an_error(fake_omdb):
    sentence = b"Conversion from string \"x1\" to type 'Double' is not valid."
    fake_omdb.titles["tt1"] = b'{"Response":"False","Error":"' + sentence + b'"}'
    with pytest.raises(NotFound):
        fake_omdb.client().by_id("tt1")


def test_an_unreadable_reply_is_not_retried(fake_omdb):
    fake_omdb.titles["tt1"] = b'{"Title":"The "Quoted" Film","Response":"True"}'
    with pytest.raises(Unreadable):
        fake_omdb.client().by_id("tt1")
    assert len(fake_omdb.requests) == 1


FAULTS = {
    "HTML of a proxy": ({"status": 200, "body": b"<html>522</html>"}, "OMDb sent a reply that is not a JSON object."),
    "half a reply": ({"status": 200, "body": b'{"Title": "The'}, "OMDb's reply ended early."),
    "truncated": ({"status": 200, "body": b"{}", "truncated": True}, "OMDb's reply ended early."),
    "503": ({"status": 503, "body": b"<html>"}, "OMDb is out of order (status 503)."),
    "522": ({"status": 522}, "OMDb is out of order (status 522)."),
    "429": ({"status": 429, "headers": {"Retry-After": "1"}}, "OMDb asks for fewer requests."),
    "hung up": ({"closed": True}, "OMDb could not be reached."),
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_transient_failure_is_retried_and_each_attempt_counts(fake_omdb, fault, reason):
    budget = DailyBudget("counted", 10)
    fake_omdb.titles["tt0000007"] = title_json(7)
    fake_omdb.fail("i=", times=2, **fault)
    retries = []
    client = fake_omdb.client(budget=budget, on_retry=lambda reason, _: retries.append(reason))
    assert client.by_id("tt0000007") == title_json(7)
    assert retries == [reason, reason]
    assert budget.remaining() == 7
    fake_omdb.fail("i=", times=99, **fault)
    with pytest.raises(Unavailable) as caught:
        client.by_id("tt0000007")
    assert str(caught.value) == reason
    assert budget.remaining() == 3


def test_a_missing_key_is_reported_before_any_request(fake_omdb, settings):
    settings.OMDB_API_KEY = ""
    with pytest.raises(NotConfigured, match=r"^OMDB_API_KEY is not set\.$"):
        OMDbClient()


def test_the_allowance_is_never_exceeded(fake_omdb, settings):
    settings.OMDB_DAILY_LIMIT = 3
    fake_omdb.titles["tt1"] = title_json(1)
    clients = [OMDbClient(), OMDbClient()]
    for number in range(3):
        clients[number % 2].by_id("tt1")
    for client in clients:
        with pytest.raises(AllowanceSpent, match=r"^The allowance of OMDb calls for today is spent\.$"):
            client.by_id("tt1")
    assert len(fake_omdb.requests) == 3


def test_addresses_are_logged_without_the_key(fake_omdb, caplog):
    caplog.set_level(logging.DEBUG, logger="urllib3")
    fake_omdb.titles["tt1"] = title_json(1)
    fake_omdb.client().by_id("tt1")
    assert "apikey=***" in caplog.text
    assert KEY not in caplog.text
