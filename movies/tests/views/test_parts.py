"""Pages that are the same for everybody, and the visitor's own parts of them."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, NotificationFactory, UserFactory
from common.finished.declarations import FINISHED
from movies.tests.factories import (
    GenreFactory,
    MovieFactory,
    RatingFactory,
    ViewingFactory,
    WatchlistItemFactory,
)
from movies.tests.views.watchlist_pages import watchlist_buttons

pytestmark = pytest.mark.django_db

FOR_EVERYBODY = {FINISHED: True}


@pytest.fixture
def film():
    return MovieFactory(title="Heat", popularity=5, genres=[GenreFactory()])


def parts(client, path, *films):
    response = client.get("/parts/", {"path": path, "films": ",".join(str(film.pk) for film in films)})
    assert response.status_code == 200
    return response.content.decode()


def replaced(text):
    """Return the ids of the elements that the parts replace."""
    return set(re.findall(r'<\w+\s+(?:class="own"\s+)?id="([\w-]+)"[^>]*hx-swap-oob="true"', text))


FRAME = {"own-places", "own-links", "own-dock", "own-form"}


def test_the_frame_and_the_marks_of_the_films(signed_in, ana, film):
    kept, private = MovieFactory(title="Kept"), MovieFactory(title="Hers", owner=UserFactory(), tmdb_id=None)
    WatchlistItemFactory(user=ana, movie=kept, is_favorite=True)
    NotificationFactory(user=ana)
    text = parts(signed_in, "/whats-on/?by=film", film, kept, private)
    assert replaced(text) == FRAME
    assert 'aria-label="Your account, ana"' in text
    assert "Notifications, 1 unread" in text
    assert 'href="/watchlist/"' in text
    assert re.search(r'name="next"\s+value="/whats-on/\?by=film"', text)
    assert text.count("csrfmiddlewaretoken") == 1
    assert sorted(watchlist_buttons(text)) == sorted([("drop", kept.pk, "true"), ("keep", film.pk, "false")])
    assert f"outerHTML:[data-keeps='{kept.pk}']" in text
    assert "Sign in" not in text
    assert "Hers" not in text


def test_the_rows_of_the_home_page(signed_in, ana, film):
    WatchlistItemFactory(user=ana, movie=film)
    ViewingFactory(user=ana, movie=MovieFactory(title="Seen"))
    text = parts(signed_in, "/", film)
    assert replaced(text) == FRAME | {"own-watchlist", "own-unrated"}
    assert "Your watchlist" in text
    assert "Rate the films you’ve seen" in text


def test_the_own_section_of_a_films_page(signed_in, ana, film):
    RatingFactory(user=ana, movie=film, rating=8)
    text = parts(signed_in, film.get_absolute_url(), film)
    assert replaced(text) == FRAME | {"yours"}
    assert "You gave it 8 out of 10" in text
    assert [(name, pk) for name, pk, _ in watchlist_buttons(text)] == [("keep", film.pk), ("favor", film.pk)]


def test_reviews_only_where_their_links_differ(signed_in, ana, film):
    review = RatingFactory(movie=film, review="Fine.")
    assert "Fine." not in parts(signed_in, film.get_absolute_url())
    RatingFactory(user=ana, movie=film, review="Mine.")
    text = parts(signed_in, film.get_absolute_url())
    assert re.findall(r"/ratings/(\d+)/report/", text) == [str(review.pk)]
    manager = Client()
    manager.force_login(ManagerFactory())
    text = parts(manager, film.get_absolute_url())
    assert "reviews" in replaced(text)
    assert f"/ratings/{review.pk}/hide/" in text


def test_a_message_stands_where_messages_stand(signed_in, film):
    signed_in.post("/watchlist/toggle/", {"keep": film.pk, "next": "/"})
    text = parts(signed_in, "/")
    assert 'hx-swap-oob="afterbegin:#main"' in text
    assert "“Heat” has been added to your watchlist." in text
    assert "has been added" not in parts(signed_in, "/")


def test_nothing_for_visitors(client):
    response = client.get("/parts/", {"path": "/"})
    assert (response.status_code, response.content) == (204, b"")
    assert client.post("/parts/").status_code == 405


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"path": "//elsewhere.example/", "films": "x,-1,,1.5,999999999999999999999"},
        {"path": "https://elsewhere.example/"},
        {"path": "javascript:alert(1)"},
        {"path": "/nowhere/\0"},
        {"path": "/movies/99999-x/", "films": ",".join(str(n) for n in range(1, 1000))},
        {"path": "http://[x/"},
    ],
)
def test_odd_parameters(signed_in, sent):
    response = signed_in.get("/parts/", sent)
    assert response.status_code == 200
    assert "elsewhere" not in response.content.decode()
    assert replaced(response.content.decode()) >= FRAME


@pytest.mark.parametrize("films", [1, 3])
def test_few_queries(signed_in, ana, films, django_assert_num_queries):
    shown = [WatchlistItemFactory(user=ana).movie for _ in range(films)]
    with django_assert_num_queries(5):  # session, person, films, watchlist, the bell
        parts(signed_in, "/whats-on/", *shown)
    with django_assert_num_queries(7):
        parts(signed_in, "/", *shown)
    with django_assert_num_queries(8 if films == 1 else 9):  # film, genres, rating, viewings; other films if there are
        parts(signed_in, shown[0].get_absolute_url(), *shown)


def test_parts_are_not_kept(signed_in):
    assert "no-store" in signed_in.get("/parts/", {"path": "/"}).headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/movies/", "/whats-on/", "/whats-on/?by=film", "film"])
def test_a_page_for_everybody_has_nothing_of_one_visitor(client, film, path):
    """What people keep for themselves, who they are, and what they were told changes no byte of it."""
    path = film.get_absolute_url() if path == "film" else path
    before = client.get(path, **FOR_EVERYBODY)
    ana = UserFactory(username="anastasia", theme="light")
    WatchlistItemFactory(user=ana, movie=film)
    ViewingFactory(user=ana, movie=film, watched_at=timezone.now())
    MovieFactory(title="Anas", owner=ana, tmdb_id=None, genres=list(film.genres.all()), popularity=9)
    NotificationFactory(user=ana)
    client.force_login(ana)
    client.get(path)
    after = Client().get(path, **FOR_EVERYBODY)
    assert after.content == before.content
    assert not after.cookies
    assert b"csrf" not in after.content
    assert b'<html lang="en" data-shared>' in after.content
    assert b"data-shared" not in client.get(path).content


def test_what_a_script_replaces_is_on_the_page(client, film):
    for path, own in (("/", {"own-watchlist", "own-unrated"}), (film.get_absolute_url(), {"yours", "reviews"})):
        text = client.get(path, **FOR_EVERYBODY).content.decode()
        for name in FRAME | own | {"main"}:
            assert text.count(f'id="{name}"') == 1, name
        assert f'data-keeps="{film.pk}"' in text
