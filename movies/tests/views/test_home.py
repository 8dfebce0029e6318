"""The home page of a signed-in user, and links to their pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

ADDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def film():
    return MovieFactory(title="Heat & <Dust>")


def test_the_home_page_has_the_watchlist_and_films_to_rate(signed_in, ana):
    popular = MovieFactory()
    for n in range(2):
        WatchlistItemFactory(user=ana, movie__title=f"W{n}", added_at=ADDED + timedelta(n))
    seen, rated = MovieFactory(title="Seen"), MovieFactory(title="Rated")
    later = MovieFactory(title="Seen later")
    for movie, days in ((seen, 0), (later, 2), (seen, 1), (rated, 3)):
        ViewingFactory(user=ana, movie=movie, watched_at=ADDED + timedelta(days))
    ViewingFactory(movie=popular)
    RatingFactory(user=ana, movie=rated)
    RatingFactory(movie=seen)
    response = signed_in.get("/")
    page = response.content.decode()
    assert [movie.title for movie in response.context["watchlist"]] == ["W1", "W0"]
    assert [movie.title for movie in response.context["unrated"]] == ["Seen later", "Seen"]
    assert "<h2>Your watchlist</h2>" in page
    assert "<h2>Rate the films you’ve seen</h2>" in page


def test_the_home_page_has_no_empty_rows(signed_in, client, film):
    WatchlistItemFactory(movie=film)
    ViewingFactory(movie=film)
    for who in (signed_in, Client()):
        page = who.get("/").content.decode()
        assert "Your watchlist" not in page
        assert "Rate the films you’ve seen" not in page


@pytest.mark.parametrize("films", [1, 3])
def test_number_of_queries_of_the_home_page(signed_in, ana, films, django_assert_num_queries):
    genres = [GenreFactory(), GenreFactory()]
    for _ in range(films):
        WatchlistItemFactory(user=ana, movie__genres=genres)
        ViewingFactory(user=ana, movie__genres=genres)
    # Those of a visitor; session, user, watchlist, films to rate, the bell, and the marks of the cards. One
    # asks what counting the films would cost, once a minute.
    with django_assert_num_queries(14):
        signed_in.get("/")


def test_the_header_links_to_the_watchlist(signed_in):
    current = 'href="/watchlist/" aria-current="page"'
    assert current in signed_in.get("/watchlist/").content.decode()
    assert 'href="/watchlist/"' in signed_in.get("/").content.decode()
    assert 'href="/watchlist/"' not in Client().get("/").content.decode()


def test_the_account_page_links_to_the_library(signed_in):
    page = signed_in.get("/account/").content.decode()
    assert [part for part in ("/watchlist/", "/ratings/", "/history/", "/my-movies/", "/library/") if part in page] == [
        "/watchlist/", "/ratings/", "/history/", "/my-movies/", "/library/"
    ]  # fmt: skip


def test_htmx_is_configured_for_the_csp(client):
    response = client.get("/")
    page = response.content.decode()
    assert '"includeIndicatorStyles": false, "allowEval": false' in page
    assert re.search(r'<script src="/static/django_htmx/htmx-2\.min\.js" defer></script>', page)
    assert '<script src="/static/common/site.js" defer></script>' in page
    assert "'unsafe" not in response.headers["Content-Security-Policy"]
    assert not re.search(r"\son\w+=|hx-on|style=\"", page)
