"""The watchlist buttons of films, with and without htmx."""

import re

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import ManagerFactory
from movies.library import watchlist
from movies.models import Movie, WatchlistItem
from movies.tests.at_once import at_once
from movies.tests.factories import GenreFactory, MovieFactory, WatchlistItemFactory
from movies.tests.views.watchlist_pages import watchlist_buttons

pytestmark = pytest.mark.django_db

TOGGLE = "/watchlist/toggle/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def film():
    return MovieFactory(title="Heat & <Dust>")


def on_list():
    return dict(WatchlistItem.objects.values_list("movie_id", "is_favorite"))


def test_a_card_shows_the_state_of_the_film(signed_in, ana, film):
    other = MovieFactory(popularity=1)
    WatchlistItemFactory(user=ana, movie=other)
    WatchlistItemFactory(movie=film)
    page = signed_in.get("/movies/")
    assert watchlist_buttons(page) == [("drop", other.pk, "true"), ("keep", film.pk, "false")]
    text = page.content.decode()
    assert "<bdi>Heat &amp; &lt;Dust&gt;</bdi>" in text
    assert text.count('id="watchlist-form"') == 1
    assert text.count("csrfmiddlewaretoken") == 1


def test_buttons_are_outside_of_links(signed_in, film):
    page = signed_in.get("/movies/").content.decode()
    assert not re.search(r"<a\b(?:(?!</a>).)*<button", page, re.DOTALL)


def test_visitors_get_a_link_to_the_sign_in_page(client, film):
    page = client.get("/movies/?ordering=title").content.decode()
    assert watchlist_buttons(page) == []
    assert 'href="/account/sign-in/?next=/movies/%3Fordering%3Dtitle"' in page
    assert "watchlist-form" not in page
    assert "csrftoken" not in client.cookies


def test_similar_films_and_strips_have_buttons_too(signed_in):
    genre = GenreFactory()
    first, *others = [MovieFactory(genres=[genre], popularity=n) for n in range(4)]
    page = signed_in.get(first.get_absolute_url())
    assert {pk for _, pk, _ in watchlist_buttons(page)} >= {film.pk for film in others}
    assert len(watchlist_buttons(signed_in.get("/"))) == 8  # popular, and the genre


@pytest.mark.parametrize("films", [1, 3])
def test_the_state_of_all_films_is_one_query(signed_in, ana, films, django_assert_num_queries):
    for _ in range(films):
        WatchlistItemFactory(user=ana, movie__genres=[GenreFactory()])
    signed_in.get("/movies/")
    # Session, user, the form's genres, the count, films, the watchlist, the bell.
    with django_assert_num_queries(7) as context:
        signed_in.get("/movies/")
    assert len([query for query in context if "watchlistitem" in query["sql"]]) == 1


def test_no_query_for_visitors_or_pages_without_films(signed_in, film):
    def asked(who, path):
        with CaptureQueriesContext(connection) as context:
            who.get(path)
        assert context.captured_queries
        return [query for query in context if "watchlistitem" in query["sql"]]

    assert asked(Client(), "/movies/") == []
    assert asked(signed_in, "/account/preferences/") == []


def test_a_page_without_a_request_has_no_buttons(film):
    page = render_to_string("movies/includes/card.html", {"movie": film, "level": 2})
    assert "Heat" in page
    assert "keeps" not in page


@pytest.mark.parametrize(
    ("before", "wish", "after", "said"),
    [
        (None, "keep", False, "“Heat &amp; &lt;Dust&gt;” has been added to your watchlist."),
        (True, "keep", True, "“Heat &amp; &lt;Dust&gt;” has been added to your watchlist."),
        (False, "drop", None, "“Heat &amp; &lt;Dust&gt;” has been removed from your watchlist."),
        (None, "drop", None, "“Heat &amp; &lt;Dust&gt;” has been removed from your watchlist."),
        (None, "favor", True, "“Heat &amp; &lt;Dust&gt;” is now one of your favourites."),
        (False, "favor", True, "“Heat &amp; &lt;Dust&gt;” is now one of your favourites."),
        (True, "unfavor", False, "“Heat &amp; &lt;Dust&gt;” is no longer one of your favourites."),
        (None, "unfavor", None, "“Heat &amp; &lt;Dust&gt;” is no longer one of your favourites."),
    ],
)
def test_buttons_without_javascript(signed_in, ana, film, before, wish, after, said):
    if before is not None:
        WatchlistItemFactory(user=ana, movie=film, is_favorite=before)
    response = signed_in.post(TOGGLE, {wish: film.pk, "next": "/movies/?page=2"})
    assert (response.status_code, response.headers["Location"]) == (302, "/movies/?page=2")
    assert on_list() == ({} if after is None else {film.pk: after})
    assert said in signed_in.get("/movies/").content.decode()


@pytest.mark.parametrize(
    ("look", "wish", "expected"),
    [
        ("card", "keep", [("drop", "true")]),
        ("card", "drop", [("keep", "false")]),
        ("film", "favor", [("drop", "true"), ("unfavor", "true")]),
        ("film", "drop", [("keep", "false"), ("favor", "false")]),
        ("list", "keep", [("drop", None), ("favor", "false")]),
        ("list", "drop", [("keep", None)]),
        ("nonsense", "keep", [("drop", "true")]),
        ("", "keep", [("drop", "true")]),
    ],
)
def test_htmx_gets_the_buttons_alone(signed_in, film, look, wish, expected):
    response = signed_in.post(TOGGLE, {wish: film.pk, "look": look, "next": "/"}, headers=HTMX)
    text = response.content.decode()
    assert response.status_code == 200
    assert [(name, pressed) for name, _, pressed in watchlist_buttons(text)] == expected
    assert f"""hx-swap-oob="outerHTML:[data-keeps='{film.pk}']\"""" in text
    assert "<html" not in text
    assert ("Removed." in text) is (look == "list" and wish == "drop")
    assert "no-store" in response.headers["Cache-Control"]


def test_an_action_reads_only_its_film(signed_in, ana, film, django_assert_num_queries):
    for _ in range(3):
        WatchlistItemFactory(user=ana)
    # Session, user, film, the write, how it stands now.
    with django_assert_num_queries(5):
        signed_in.post(TOGGLE, {"keep": film.pk}, headers=HTMX)


@pytest.mark.parametrize(
    "address", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "\0"]
)
def test_next_never_leads_to_another_site(signed_in, film, address):
    response = signed_in.post(TOGGLE, {"keep": film.pk, "next": address})
    assert (response.status_code, response.headers["Location"]) == (302, "/watchlist/")


def test_signed_out_visitors_are_sent_to_the_sign_in_page(client, film):
    sent = {"keep": film.pk, "next": "/movies/?page=2"}
    to = "/account/sign-in/?next=/movies/%3Fpage%3D2"
    response = client.post(TOGGLE, sent)
    assert (response.status_code, response.headers["Location"]) == (302, to)
    response = client.post(TOGGLE, sent, headers=HTMX)
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, to)
    assert on_list() == {}


def test_a_csrf_token_from_before_the_sign_in_is_refused(ana, film):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post(TOGGLE, {"keep": film.pk}, headers=HTMX).status_code == 403
    assert on_list() == {}


@pytest.mark.parametrize(
    "given", ["", "x", "0", "-1", "1.5", "\0", "१२३४५", "9" * 30, pytest.param("9" * 5000, id="huge")]
)
def test_invalid_films(signed_in, given):
    assert signed_in.post(TOGGLE, {"keep": given}).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"hold": "1"}])
def test_a_missing_action_is_refused(signed_in, film, sent):
    assert signed_in.post(TOGGLE, sent).status_code == 400
    assert signed_in.get(TOGGLE).status_code == 405


def test_private_films_of_others_are_not_found(signed_in):
    private = MovieFactory(owner=ManagerFactory(), tmdb_id=None)
    for wish in ("keep", "favor", "drop", "unfavor"):
        assert signed_in.post(TOGGLE, {wish: private.pk}).status_code == 404
    assert on_list() == {}


@pytest.mark.django_db(transaction=True)
def test_a_film_deleted_at_the_same_moment(signed_in, film, monkeypatch):
    from movies.views import watchlist as views

    def keep_what_is_gone(user, movie):
        Movie.objects.all().delete()
        watchlist.keep_film(user, movie)

    monkeypatch.setitem(views.ACTIONS, "keep", keep_what_is_gone)
    assert signed_in.post(TOGGLE, {"keep": film.pk}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_pressed_ten_times_at_once(signed_in, film):
    session = signed_in.cookies["sessionid"].value

    def press(wish):
        client = Client()
        client.cookies["sessionid"] = session
        return lambda: client.post(TOGGLE, {wish: film.pk}, headers=HTMX).status_code

    assert at_once([press("keep") for _ in range(10)]) == [200] * 10
    assert on_list() == {film.pk: False}
    assert at_once([press(wish) for wish in ("favor", "drop") * 5]) == [200] * 10
