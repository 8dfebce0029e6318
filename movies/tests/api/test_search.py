"""API of the search and the suggestions."""

import pytest

from accounts.tests.factories import UserFactory
from movies.search import vocabulary
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db

SEARCH, SUGGEST = "/api/v1/movies/search", "/api/v1/movies/suggest"


@pytest.fixture
def films():
    drama = GenreFactory(name="Drama")
    MovieFactory(title="Amélie", original_title="Le Fabuleux Destin", year=2001, popularity=30, poster_key="ab12")
    MovieFactory(title="Amelie's Brother", year=2010, popularity=1, genres=[drama])
    MovieFactory(title="Alien", year=1979, popularity=90)
    vocabulary.rebuild_vocabulary()


def meta(total, corrected=None, limit=20):
    return {"page": 1, "limit": limit, "total": total, "total_pages": min(1, total), "total_is_exact": True,
            "next_cursor": None, "corrected": corrected}  # fmt: skip


def titles(answer):
    return [film["title"] for film in answer["items"]]


@pytest.mark.parametrize(
    ("text", "corrected", "found"),
    [
        ("amelie", None, ["Amélie", "Amelie's Brother"]),
        ("amelei", "amelie", ["Amélie", "Amelie's Brother"]),
        ("amelei brothr", "amelie brother", ["Amelie's Brother"]),
        ("qqqq", None, []),
    ],
)
def test_the_answer_has_the_corrected_query(client, films, text, corrected, found):
    answer = client.get(SEARCH, {"query": text}).json()
    assert (titles(answer), answer["meta"]) == (found, meta(len(found), corrected))


def test_a_corrected_query_can_be_paged_filtered_and_sparse(client, films):
    answer = client.get(SEARCH, {"query": "amelei", "limit": 1, "page": 2, "fields": "title"}).json()
    assert answer == {
        "items": [{"title": "Amelie's Brother"}],
        "meta": meta(2, "amelie", 1) | {"page": 2, "total_pages": 2},
    }
    assert titles(client.get(SEARCH, {"query": "amelei", "genre": "drama"}).json()) == ["Amelie's Brother"]


def test_suggestions(client, films):
    amelie = client.get(SUGGEST, {"query": "amelei", "limit": 1}).json()
    film = amelie["items"][0]
    assert amelie == {
        "items": [
            {
                "id": film["id"],
                "title": "Amélie",
                "original_title": "Le Fabuleux Destin",
                "year": 2001,
                "poster": film["poster"],
            }
        ],
        "meta": meta(1, "amelie", 1),
    }
    assert sorted(film["poster"]) == ["w185", "w342", "w780"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", ["Alien", "Amélie", "Amelie's Brother"]),
        ("A", ["Alien", "Amélie", "Amelie's Brother"]),
        ("am", ["Amélie", "Amelie's Brother"]),
        ("b", ["Amelie's Brother"]),  # no title begins so, but a word
        ("br", ["Amelie's Brother"]),
        ("qqqq", []),
    ],
)
def test_suggestions_for_a_single_letter(client, films, text, found):
    answer = client.get(SUGGEST, {"query": text}).json()
    assert (titles(answer), answer["meta"]) == (found, meta(len(found), limit=10))


def test_there_are_at_most_ten_suggestions(client):
    for _ in range(12):
        MovieFactory(title="Same")
    assert len(client.get(SUGGEST, {"query": "sam"}).json()["items"]) == 10


@pytest.mark.parametrize("address", [SEARCH, SUGGEST])
@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": " "}, "query"),
        ({"query": "x" * 201}, "query"),
        ({"query": "nul\0"}, "query"),
        ({"query": ["a", "b"]}, "query"),
        ({"query": "a", "limit": "0"}, "limit"),
        ({"query": "a", "limit": "101"}, "limit"),
        ({"query": "a", "limit": "ten"}, "limit"),
        ({"query": "a", "ordering": "title"}, "ordering"),
        ({"query": "a", "gnere": "drama"}, "gnere"),
    ],
)
def test_errors_name_the_parameter(client, address, parameters, field):
    response = client.get(address, parameters)
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])


@pytest.mark.parametrize("address", [SEARCH, SUGGEST])
@pytest.mark.parametrize("text", ["?!", "!!!", "🙂", "\u200b"])
def test_signs_find_only_the_film_of_that_title(client, films, address, text):
    answer = client.get(address, {"query": text}).json()
    assert (titles(answer), answer["meta"]) == ([], meta(0, limit=10 if address == SUGGEST else 20))
    MovieFactory(title="$")
    assert titles(client.get(address, {"query": "$"}).json()) == ["$"]


@pytest.mark.parametrize("address", [SEARCH, SUGGEST])
@pytest.mark.parametrize(
    ("text", "corrected", "found"),
    [
        ("rocky 2", "rocky ii", ["Rocky II"]),
        ("rocky ii", None, ["Rocky II"]),
        ("ten", "10", ["Ten", "10"]),
        ("10", "ten", ["10", "Ten"]),
        ("花样年华", "花樣年華", ["In the Mood for Love"]),
    ],
)
def test_the_answer_has_the_other_writing_that_found_films(client, address, text, corrected, found):
    for title in ("Rocky II", "Ten", "10"):
        MovieFactory(title=title, year=1979)
    MovieFactory(title="In the Mood for Love", original_title="花樣年華")
    answer = client.get(address, {"query": text}).json()
    assert (titles(answer), answer["meta"]["corrected"]) == (found, corrected)


@pytest.mark.parametrize("address", [SEARCH, SUGGEST])
def test_only_the_owner_finds_a_private_film(client, films, address):
    ana = UserFactory()
    before = client.get(address, {"query": "zanzibra"})
    MovieFactory(title="Zanzibar", owner=ana, tmdb_id=None)
    vocabulary.rebuild_vocabulary()
    for user in (None, UserFactory()):
        if user:
            client.force_login(user)
        for text in ("zanzibar", "zanzibra"):
            answer = client.get(address, {"query": text})
            assert (answer.json()["items"], answer.json()["meta"]["corrected"]) == ([], None)
        assert client.get(address, {"query": "zanzibra"}).content == before.content
    client.force_login(ana)
    answer = client.get(address, {"query": "zanzibra"})
    assert (titles(answer.json()), answer.json()["meta"]["corrected"]) == (["Zanzibar"], "zanzibar")


def test_owner_me_searches_private_films_only(client, films):
    assert client.get(SEARCH, {"query": "amelie", "owner": "me"}).status_code == 401
    ana = UserFactory()
    MovieFactory(title="Amelie at Home", owner=ana, tmdb_id=None)
    client.force_login(ana)
    assert titles(client.get(SEARCH, {"query": "amelie", "owner": "me"}).json()) == ["Amelie at Home"]
    assert len(client.get(SEARCH, {"query": "amelie"}).json()["items"]) == 3


@pytest.mark.parametrize("address", [SEARCH, SUGGEST])
def test_an_unchanged_answer_is_not_sent_again(client, films, address):
    etag = client.get(address, {"query": "amelei"})["ETag"]
    again = client.get(address, {"query": "amelei"}, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_films(client, count, django_assert_num_queries):
    for _ in range(count):
        MovieFactory(title="Interstellar", genres=[GenreFactory()])
    vocabulary.rebuild_vocabulary()
    for text, searched, suggested in [("interstellar", 4, 3), ("intrestellar", 8, 7)]:
        with django_assert_num_queries(searched):
            client.get(SEARCH, {"query": text})
        with django_assert_num_queries(suggested):
            client.get(SUGGEST, {"query": text})
