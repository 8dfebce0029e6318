"""Films of lists are made of columns, and MovieSerializer describes them: both make the same of every kind of row."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.api.answers.rendering import to_json
from movies.api.rows import FILM
from movies.api.serializers.catalogue import MovieSerializer
from movies.models import Movie
from movies.queries.films import ORDERINGS
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db
MOVIES = "/api/v1/movies"


@pytest.fixture
def films(settings):
    """Return films that differ in every column that has several kinds of values."""
    settings.TMDB_REGION = "DE"
    drama, comedy = GenreFactory(name="Drama"), GenreFactory(name="Comédie “à la carte”")
    now = timezone.now()
    return [
        MovieFactory(title="Nothing", year=None, runtime=None),
        MovieFactory(
            title="千と千尋の神隠し",
            original_title="Ἰφιγένεια \u2028 \"'",
            genres=[drama, comedy],
            popularity=0.1 + 0.2,
        ),
        MovieFactory(title="Dated", release_date=date(1895, 12, 28), region="DE", region_date=date(2027, 1, 2)),
        MovieFactory(title="Elsewhere", region="FR", region_date=date(2027, 1, 2), popularity=1e-300),
        MovieFactory(title="Rated", ratings_sum=20, ratings_count=3, vote_average=7.25, popularity=1e9),
        MovieFactory(title="Aged", certification="FSK 16", age_restriction=16, genres=[drama]),
        MovieFactory(title="Pictured", poster_key="ab12", showing_until=now + timedelta(days=1)),
        MovieFactory(title="Over", showing_until=datetime(2020, 2, 29, tzinfo=UTC), ratings_sum=10, ratings_count=1),
    ]


def describe(films):
    """Return what the serializer makes of the films."""
    return orjson.loads(to_json(MovieSerializer(films, many=True).data))


def ask(client, query=""):
    answer = client.get(f"{MOVIES}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_fields_are_those_of_the_document():
    assert list(FILM) == list(MovieSerializer().fields)


@pytest.mark.parametrize("ordering", [*ORDERINGS, *(f"-{name}" for name in ORDERINGS)])
@pytest.mark.parametrize("filters", ["", "&year_min=1900"])
def test_items_are_as_the_serializer_makes_them(client, films, ordering, filters):
    first = ask(client, f"ordering={ordering}{filters}")
    by_id = {item["id"]: item for item in describe(films)}
    assert len(first["items"]) == 8 - bool(filters)
    assert first["items"] == [by_id[item["id"]] for item in first["items"]]
    # The same films, two at a time, by page and by cursor.
    asked, read, after = f"ordering={ordering}{filters}&limit=2", [], None
    assert [item for page in range(1, 5) for item in ask(client, f"{asked}&page={page}")["items"]] == first["items"]
    while after is not None or not read:
        part = ask(client, asked + (f"&cursor={after}" if after else ""))
        read, after = read + part["items"], part["meta"]["next_cursor"]
    assert read == first["items"]


def test_chosen_fields_are_the_serializers_too(client, films):
    whole = ask(client)["items"]
    for pair in pairwise(FILM):
        for filters in ("", "&year_max=2100", "&year_max=2100&limit=100"):
            kept = [item for item in whole if not filters or item["year"]]
            assert ask(client, f"fields={','.join(pair)}{filters}")["items"] == [
                {name: item[name] for name in pair} for item in kept
            ]
    assert client.get(f"{MOVIES}?fields=id,tagline").json()["errors"][0]["field"] == "fields"


def test_a_written_film_is_in_the_next_answer(client, films):
    assert ask(client, "ordering=title&fields=title&limit=1")["items"] == [{"title": "Aged"}]
    MovieFactory(title="Aardvark")
    Movie.objects.filter(title="Aged").delete()
    after = ask(client, "ordering=title&fields=title&limit=2")["items"]
    assert after == [{"title": "Aardvark"}, {"title": "Dated"}]


@pytest.mark.parametrize(("query", "statements"), [("", 1), ("limit=2", 3), ("limit=2&page=4", 2), ("year=1999", 1)])
def test_queries(client, films, query, statements):
    """One for the films with their genres; where a page does not tell the total, one for that, and first its cost."""
    with CaptureQueriesContext(connection) as queries:
        ask(client, query)
    assert len(queries) == statements
    with CaptureQueriesContext(connection) as queries:
        ask(client, query)
    assert len(queries) == min(statements, 2)
