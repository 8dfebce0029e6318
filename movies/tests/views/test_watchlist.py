"""The watchlist page, and the watchlist buttons of films, with and without htmx."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.library import watchlist
from movies.models import Movie, WatchlistItem
from movies.tests.at_once import at_once
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

TOGGLE = "/watchlist/toggle/"
ADDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ana():
    return UserFactory()


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def film():
    return MovieFactory(title="Heat & <Dust>")


def on_list():
    return dict(WatchlistItem.objects.values_list("movie_id", "is_favorite"))


def buttons(response):
    """Return (name, film id, aria-pressed) of every watchlist button, in order."""
    page = response if isinstance(response, str) else response.content.decode()
    found = re.findall(r'<button([^>]*form="watchlist-form"[^>]*)>', page)
    attributes = [dict(re.findall(r'([\w-]+)="([^"]*)"', each)) for each in found]
    return [(each["name"], int(each["value"]), each.get("aria-pressed")) for each in attributes]


def shown(response):
    assert response.status_code == 200
    return [item.movie.title for item in response.context["page"]]


# The buttons


def test_a_card_shows_the_state_of_the_film(signed_in, ana, film):
    other = MovieFactory(popularity=1)
    WatchlistItemFactory(user=ana, movie=other)
    WatchlistItemFactory(movie=film)
    page = signed_in.get("/movies/")
    assert buttons(page) == [("drop", other.pk, "true"), ("keep", film.pk, "false")]
    text = page.content.decode()
    assert "<bdi>Heat &amp; &lt;Dust&gt;</bdi>" in text
    assert text.count('id="watchlist-form"') == 1
    assert text.count("csrfmiddlewaretoken") == 1


def test_buttons_are_outside_of_links(signed_in, film):
    page = signed_in.get("/movies/").content.decode()
    assert not re.search(r"<a\b(?:(?!</a>).)*<button", page, re.DOTALL)


def test_visitors_get_a_link_to_the_sign_in_page(client, film):
    page = client.get("/movies/?ordering=title").content.decode()
    assert buttons(page) == []
    assert 'href="/account/sign-in/?next=/movies/%3Fordering%3Dtitle"' in page
    assert "watchlist-form" not in page
    assert "csrftoken" not in client.cookies


def test_similar_films_and_strips_have_buttons_too(signed_in):
    genre = GenreFactory()
    first, *others = [MovieFactory(genres=[genre], popularity=n) for n in range(4)]
    page = signed_in.get(first.get_absolute_url())
    assert {pk for _, pk, _ in buttons(page)} >= {film.pk for film in others}
    assert len(buttons(signed_in.get("/"))) == 8  # popular, and the genre


@pytest.mark.parametrize("films", [1, 3])
def test_the_state_of_all_films_is_one_query(signed_in, ana, films, django_assert_num_queries):
    for _ in range(films):
        WatchlistItemFactory(user=ana, movie__genres=[GenreFactory()])
    signed_in.get("/movies/")
    # Session, user, the form's genres (or the count), films, their genres, the watchlist, the bell.
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


# One press


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
    assert [(name, pressed) for name, _, pressed in buttons(text)] == expected
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
        watchlist.keep(user, movie)

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


# The page


def test_the_list_is_sorted_newest_first(signed_in, ana):
    for n in range(3):
        WatchlistItemFactory(user=ana, movie__title=f"F{n}", added_at=ADDED + timedelta(n), is_favorite=n == 1)
    WatchlistItemFactory()
    page = signed_in.get("/watchlist/")
    assert shown(page) == ["F2", "F1", "F0"]
    assert "<strong>3</strong> films" in page.content.decode()
    assert [(name, pressed) for name, _, pressed in buttons(page)] == [
        ("drop", None), ("favor", "false"), ("drop", None), ("unfavor", "true"), ("drop", None), ("favor", "false")
    ]  # fmt: skip


def test_favourites_and_order(signed_in, ana):
    for n, title in enumerate(["Zoo", "Ämter", "Alien"]):
        WatchlistItemFactory(user=ana, movie__title=title, added_at=ADDED + timedelta(n), is_favorite=n != 1)
    assert shown(signed_in.get("/watchlist/?ordering=title")) == ["Alien", "Ämter", "Zoo"]
    page = signed_in.get("/watchlist/?favorite=true&ordering=title")
    assert shown(page) == ["Alien", "Zoo"]
    assert "<strong>2</strong> favourites" in page.content.decode()


def test_pages(signed_in, ana):
    for n in range(25):
        WatchlistItemFactory(user=ana, movie__title=f"F{n}", added_at=ADDED + timedelta(n))
    assert len(shown(signed_in.get("/watchlist/"))) == 24
    assert shown(signed_in.get("/watchlist/?page=2")) == ["F0"]
    assert shown(signed_in.get("/watchlist/?page=x"))[0] == "F24"


@pytest.mark.parametrize("parameter", ["ordering=password", "favorite=maybe", "ordering=%00"])
def test_invalid_parameters_are_reported(signed_in, ana, parameter):
    WatchlistItemFactory(user=ana, movie__title="Heat")
    page = signed_in.get(f"/watchlist/?{parameter}")
    assert shown(page) == ["Heat"]
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
        assert len(shown(signed_in.get("/watchlist/"))) == films


# The home page and the frame


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
    assert [movie.title for movie in response.context["wanted"]] == ["W1", "W0"]
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
    with django_assert_num_queries(15 if films == 3 else 13):  # no genre has the four films of a row before
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
