"""The pages of the catalogue, without JavaScript."""

import pytest

from accounts.tests.factories import UserFactory
from common.database import counting
from movies.search import vocabulary
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def films():
    drama, comedy = GenreFactory(name="Drama"), GenreFactory(name="Comedy")
    for n in range(5):
        MovieFactory(title=f"Tragedy {n}", year=1990 + n, popularity=n, genres=[drama], age_restriction=17)
    for n in range(5):
        MovieFactory(title=f"Farce {n}", year=2000 + n, popularity=10 + n, genres=[comedy], age_restriction=0)
    vocabulary.rebuild_vocabulary()


def shown_titles(response):
    """Return the titles of the grid, in order."""
    assert response.status_code == 200
    return [movie.title for movie in response.context["page"]]


def test_home_has_rows_by_popularity_and_by_genre(client, films):
    response = client.get("/")
    assert response.status_code == 200
    context = response.context
    assert [movie.title for movie in context["popular"]][:2] == ["Farce 4", "Farce 3"]
    assert [(row.genre.name, row.top_movies[0].title) for row in context["genre_rows"]] == [
        ("Comedy", "Farce 4"),
        ("Drama", "Tragedy 4"),
    ]
    page = response.content.decode()
    assert page.count("<h1") == 1
    assert "Farce 4" in page
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in page


def test_the_home_page_of_an_empty_catalogue(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "No films yet" in response.content.decode()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["Farce 4", "Farce 3"]),
        ({"genre": "drama"}, ["Tragedy 4", "Tragedy 3"]),
        ({"ordering": "title"}, ["Farce 0", "Farce 1"]),
        ({"ordering": "-title"}, ["Farce 4", "Farce 3"]),
        ({"year_min": 1993, "year_max": 1994}, ["Tragedy 4", "Tragedy 3"]),
        ({"age_max": 8, "ordering": "title"}, ["Farce 0", "Farce 1"]),
        ({"query": "tragedy"}, ["Tragedy 4", "Tragedy 3"]),
        ({"query": "tragedy", "ordering": "title"}, ["Tragedy 0", "Tragedy 1"]),
        ({"query": "tragedi 3"}, ["Tragedy 3"]),
    ],
)
def test_the_grid_is_filtered_and_sorted(client, films, parameters, expected):
    assert shown_titles(client.get("/movies/", parameters))[: len(expected)] == expected


def test_the_grid_has_pages(client):
    for n in range(30):
        MovieFactory(title=f"F{n}", popularity=n)
    first, second = client.get("/movies/"), client.get("/movies/", {"page": 2})
    assert len(shown_titles(first)) == 24
    assert shown_titles(second) == ["F5", "F4", "F3", "F2", "F1", "F0"]
    assert "?page=2" in first.content.decode()
    assert shown_titles(client.get("/movies/", {"page": 99})) == shown_titles(second)
    assert shown_titles(client.get("/movies/", {"page": "x"})) == shown_titles(first)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("year_min", "abc"),
        ("year_max", "1"),
        ("genre", "nonsense"),
        ("age_max", "12.5"),
        ("ordering", "password"),
        ("query", "x" * 201),
        ("query", "nul\0byte"),
    ],
)
def test_errors_are_shown_at_their_field(client, films, field, value):
    response = client.get("/movies/", {field: value})
    assert list(response.context["form"].errors) == [field]
    assert response.context["form"].errors[field][0] in response.content.decode()
    assert len(shown_titles(response)) == 10


def test_an_empty_result_links_to_all_films(client, films):
    response = client.get("/movies/", {"query": "zzzzzz"})
    assert shown_titles(response) == []
    assert 'href="/movies/"' in response.content.decode()


def test_the_query_is_escaped(client, films):
    page = client.get("/movies/", {"query": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page


def test_a_film_page_has_all_details(client):
    drama = GenreFactory(name="Drama")
    movie = MovieFactory(
        title="Amélie", original_title="Le Fabuleux Destin d'Amélie Poulain", original_language="fr", year=2001,
        runtime=122, overview="A waitress in Montmartre.", directors=["Jean-Pierre Jeunet"], cast=["Audrey Tautou"],
        certification="R", age_restriction=17, vote_average=7.9, vote_count=11_000, imdb_id="tt0211915",
        genres=[drama],
    )  # fmt: skip
    MovieFactory(title="Another drama", genres=[drama])
    response = client.get(movie.get_absolute_url())
    assert response.status_code == 200
    page = response.content.decode()
    for words in ("Amélie", "Le Fabuleux Destin d&#x27;Amélie Poulain", "122 min", "2001", "A waitress in Montmartre.",
                 "Jean-Pierre Jeunet", "Audrey Tautou", "7.9", "Another drama", "tt0211915"):  # fmt: skip
        assert words in page, words


def test_the_page_of_a_film_without_details(client):
    movie = MovieFactory(title="未知", year=None, runtime=None)
    response = client.get(movie.get_absolute_url())
    assert response.status_code == 200
    assert "未知" in response.content.decode()


def test_a_film_has_one_address(client):
    movie = MovieFactory(title="Heat")
    response = client.get(f"/movies/{movie.pk}-some-old-name/")
    assert (response.status_code, response["Location"]) == (301, f"/movies/{movie.pk}-heat/")


@pytest.mark.parametrize("path", ["/movies/999-x/", "/movies/99999999999999999999-x/", "/movies/x/", "/nowhere/"])
def test_missing_pages(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="/"' in response.content.decode()


def test_a_private_film_has_a_page_for_its_owner_only(client):
    ana = UserFactory()
    movie = MovieFactory(title="Mine", owner=ana, tmdb_id=None)
    for user in (None, UserFactory()):
        if user:
            client.force_login(user)
        assert client.get(movie.get_absolute_url()).status_code == 404
        assert shown_titles(client.get("/movies/")) == []
        assert shown_titles(client.get("/movies/", {"query": "mine"})) == []
        assert "Mine" not in client.get("/").content.decode()
    client.force_login(ana)
    assert client.get(movie.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("count", [4, 8])
def test_the_queries_do_not_grow_with_the_films(client, count, django_assert_num_queries):
    genres = [GenreFactory() for _ in range(2)]
    address = [MovieFactory(genres=genres).get_absolute_url() for _ in range(count)].pop()
    client.get("/")  # that all films can be counted is remembered for a while
    # Popular films, the first of them and its genres, what comes soon, the genres' rows, all films, what is on.
    with django_assert_num_queries(7):
        client.get("/")
    # Genres, the count, films.
    with django_assert_num_queries(3):
        client.get("/movies/")
    with django_assert_num_queries(5):
        client.get(address)


def test_what_is_not_counted_to_the_end_is_said(client, monkeypatch):
    monkeypatch.setattr(counting, "DEEPEST", 2)
    for number in range(3):
        MovieFactory(title=f"F{number}")
    grid, home = client.get("/movies/").content.decode(), client.get("/").content.decode()
    assert "<strong>More than 2</strong> films" in grid
    assert "Search the films of" in grid
    assert ">All films</a>" in home
