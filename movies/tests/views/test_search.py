"""The search page without JavaScript, and the suggestions of the search field."""

import pytest

from accounts.tests.factories import UserFactory
from movies.search import vocabulary
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db

FILMS, SUGGEST = "/movies/", "/movies/suggest/"


@pytest.fixture
def films():
    MovieFactory(title="Amélie", original_title="Le Fabuleux Destin", year=2001, popularity=30)
    MovieFactory(title="Amelie's <i>Brother</i>", year=2010, popularity=1)
    vocabulary.rebuild_vocabulary()


def shown_titles(response):
    return [movie.title for movie in response.context["page"]]


def suggested(response):
    assert response.status_code == 200
    return [movie.title for movie in response.context["films"]]


def test_the_page_shows_the_corrected_query(client, films):
    response = client.get(FILMS, {"query": "amelei"})
    page = response.content.decode()
    assert shown_titles(response)[0] == "Amélie"
    assert "Showing results for <strong>“amelie”</strong>" in page
    assert "<title>Films for “amelie” " in page
    assert 'value="amelei"' in page  # what was typed stays in the field


def test_the_page_shows_no_correction_without_one(client, films):
    for parameters in ({}, {"query": "amelie"}, {"query": "qqqq"}, {"query": "?!"}):
        page = client.get(FILMS, parameters).content.decode()
        assert "Showing results for" not in page
        assert "<title>Films " in page


def test_a_corrected_query_can_be_sorted_and_filtered(client, films):
    response = client.get(FILMS, {"query": "amelei", "ordering": "-release_date", "year_min": 2010})
    assert shown_titles(response) == ["Amelie's <i>Brother</i>"]


@pytest.mark.parametrize("text", ["?!", "🙂", "$"])
def test_signs_find_only_the_film_of_that_title(client, films, text):
    assert shown_titles(client.get(FILMS, {"query": text})) == []
    MovieFactory(title=text)
    assert shown_titles(client.get(FILMS, {"query": text})) == [text]
    assert suggested(client.get(SUGGEST, {"query": text})) == [text]


def test_spaces_are_no_search(client, films):
    assert shown_titles(client.get(FILMS, {"query": "  "})) == ["Amélie", "Amelie's <i>Brother</i>"]


def test_the_page_says_that_films_were_found_in_another_writing(client):
    MovieFactory(title="Rocky II", year=1979)
    page = client.get(FILMS, {"query": "rocky 2"}).content.decode()
    assert "No films match your search. Showing results for <strong>“rocky ii”</strong>:" in page
    MovieFactory(title="Rocky 2: The Beginning", year=1999)
    response = client.get(FILMS, {"query": "rocky 2"})
    page = response.content.decode()
    assert shown_titles(response) == ["Rocky II", "Rocky 2: The Beginning"]
    assert "Showing results for <strong>“rocky ii”</strong> too:" in page
    assert "No films match" not in page
    assert "<title>Films for" not in page
    assert "Showing results for “rocky ii” too" in client.get(SUGGEST, {"query": "rocky 2"}).content.decode()


def test_the_owner_finds_a_private_film_only_by_search(client, films):
    ana = UserFactory()
    MovieFactory(title="Zanzibar", owner=ana, tmdb_id=None)
    client.force_login(ana)
    assert shown_titles(client.get(FILMS, {"query": "zanzibra"})) == ["Zanzibar"]
    assert suggested(client.get(SUGGEST, {"query": "zan"})) == ["Zanzibar"]
    assert "Only you can see it" in client.get(SUGGEST, {"query": "zan"}).content.decode()
    assert "Zanzibar" not in shown_titles(client.get(FILMS))
    client.force_login(UserFactory())
    assert shown_titles(client.get(FILMS, {"query": "zanzibra"})) == []
    assert suggested(client.get(SUGGEST, {"query": "zan"})) == []


def test_every_search_field_offers_suggestions(client, films):
    for address in ("/", FILMS):
        assert client.get(address).content.decode().count('data-suggest="/movies/suggest/"') == 1


def test_suggestions_are_options_that_are_links(client, films):
    response = client.get(SUGGEST, {"query": "amelei"})
    page = response.content.decode()
    assert suggested(response) == ["Amélie", "Amelie's <i>Brother</i>"]
    assert page.count('role="listbox"') == 1
    assert page.count('role="option"') == 2
    for film in response.context["films"]:
        assert f'href="{film.get_absolute_url()}"' in page
    assert "Showing results for “amelie”" in page
    assert "Le Fabuleux Destin" in page
    assert "<i>" not in page
    assert "<html" not in page


@pytest.mark.parametrize("parameters", [{}, {"query": ""}, {"query": " "}, {"query": "?!"}, {"query": "\0"},
                                        {"query": "qqqq"}, {"query": "qqqq" * 100}])  # fmt: skip
def test_no_suggestions_is_an_empty_fragment(client, films, parameters):
    response = client.get(SUGGEST, parameters)
    assert (suggested(response), response.content.decode().strip()) == ([], "")


def test_suggestions_of_a_user_are_not_cached_for_others(client, films):
    client.force_login(UserFactory())
    response = client.get(SUGGEST, {"query": "ame"})
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


def test_suggestions_are_read_only(client):
    assert client.post(SUGGEST).status_code == 405
    assert client.head(SUGGEST, {"query": "a"}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_films(client, count, django_assert_num_queries):
    for _ in range(count):
        MovieFactory(title="Interstellar", genres=[GenreFactory()])
    vocabulary.rebuild_vocabulary()
    with django_assert_num_queries(4):  # the words, which films match, films, genres
        client.get(SUGGEST, {"query": "inter"})
    with django_assert_num_queries(8):
        client.get(SUGGEST, {"query": "intrestellar"})
