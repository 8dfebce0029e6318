"""What a search costs: each word once, and half of a process's threads at most."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.limits.slots import Busy, take_slot
from movies.models import Movie
from movies.search.matching import search
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def found(text):
    return [movie.title for movie in search(Movie.objects.all(), text).films]


def test_a_word_counts_once_however_often_it_is_typed():
    MovieFactory(title="The Mirror")
    with CaptureQueriesContext(connection) as once:
        assert found("the mirror") == ["The Mirror"]
    with CaptureQueriesContext(connection) as often:
        assert found("the mirror " * 16) == ["The Mirror"]
    words_in = [sum(query["sql"].count("''the''") for query in queries) for queries in (once, often)]
    assert words_in[0] == words_in[1] > 0


def test_a_title_may_repeat_a_word():
    for title in ("New York, New York", "New York", "York"):
        MovieFactory(title=title, popularity=1 if title.startswith("New York,") else 50)
    assert found("new york new york")[0] == "New York, New York"
    assert found("new york")[0] == "New York"


def test_half_of_the_threads_may_search():
    """The others are refused at once, so that threads stay free for what is not a search."""
    with take_slot("search"):
        assert found("mirror") == []
        with take_slot("search"), pytest.raises(Busy):
            found("mirror")
    assert found("mirror") == []


@pytest.mark.parametrize(
    ("path", "part"),
    [("/movies/?query=mirror", "A lot is going on"), ("/api/v1/movies/search?query=mirror", "unavailable")],
)
def test_pages_and_api_say_when_to_try_again(client, path, part):
    with take_slot("search"), take_slot("search"):
        busy = client.get(path)
    assert (busy.status_code, busy["Retry-After"]) == (503, "2")
    assert part in busy.content.decode()
    assert client.get(path).status_code == 200
