"""The watchlist page."""

from datetime import UTC, datetime, timedelta

import pytest

from movies.tests.factories import GenreFactory, MovieFactory, WatchlistItemFactory
from movies.tests.views.watchlist_pages import watchlist_buttons

pytestmark = pytest.mark.django_db

ADDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def shown_titles(response):
    assert response.status_code == 200
    return [item.movie.title for item in response.context["page"]]


def test_the_list_is_sorted_newest_first(signed_in, ana):
    for n in range(3):
        WatchlistItemFactory(user=ana, movie__title=f"F{n}", added_at=ADDED + timedelta(n), is_favorite=n == 1)
    WatchlistItemFactory()
    page = signed_in.get("/watchlist/")
    assert shown_titles(page) == ["F2", "F1", "F0"]
    assert "<strong>3</strong> films" in page.content.decode()
    assert [(name, pressed) for name, _, pressed in watchlist_buttons(page)] == [
        ("drop", None), ("favor", "false"), ("drop", None), ("unfavor", "true"), ("drop", None), ("favor", "false")
    ]  # fmt: skip


def test_favourites_and_order(signed_in, ana):
    for n, title in enumerate(["Zoo", "Ämter", "Alien"]):
        WatchlistItemFactory(user=ana, movie__title=title, added_at=ADDED + timedelta(n), is_favorite=n != 1)
    assert shown_titles(signed_in.get("/watchlist/?ordering=title")) == ["Alien", "Ämter", "Zoo"]
    page = signed_in.get("/watchlist/?favorite=true&ordering=title")
    assert shown_titles(page) == ["Alien", "Zoo"]
    assert "<strong>2</strong> favourites" in page.content.decode()


def test_pages(signed_in, ana):
    for n in range(25):
        WatchlistItemFactory(user=ana, movie__title=f"F{n}", added_at=ADDED + timedelta(n))
    assert len(shown_titles(signed_in.get("/watchlist/"))) == 24
    assert shown_titles(signed_in.get("/watchlist/?page=2")) == ["F0"]
    assert shown_titles(signed_in.get("/watchlist/?page=x"))[0] == "F24"


@pytest.mark.parametrize("parameter", ["ordering=password", "favorite=maybe", "ordering=%00"])
def test_invalid_parameters_are_reported(signed_in, ana, parameter):
    WatchlistItemFactory(user=ana, movie__title="Heat")
    page = signed_in.get(f"/watchlist/?{parameter}")
    assert shown_titles(page) == ["Heat"]
    assert "errorlist" in page.content.decode()


def test_an_empty_watchlist(signed_in):
    page = signed_in.get("/watchlist/").content.decode()
    assert "Your watchlist is empty" in page
    assert 'class="button" href="/movies/"' in page
    assert "No favourites yet" in signed_in.get("/watchlist/?favorite=true").content.decode()


def test_a_private_film_is_marked(signed_in, ana):
    WatchlistItemFactory(user=ana, movie=MovieFactory(owner=ana, tmdb_id=None))
    assert "Only you can see it" in signed_in.get("/watchlist/").content.decode()


@pytest.mark.parametrize("films", [1, 3])
def test_number_of_queries_of_the_page(signed_in, ana, films, django_assert_num_queries):
    for _ in range(films):
        WatchlistItemFactory(user=ana, movie__genres=[GenreFactory()])
    # Session, user, count, items with their films, genres, next sessions, how things stand, the bell.
    with django_assert_num_queries(8):
        assert len(shown_titles(signed_in.get("/watchlist/"))) == films
