"""The programme on the watchlist: films of this week come first, with their next session."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.tests.factories import UserFactory
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory
from movies.models import WatchlistItem
from movies.tests.factories import GenreFactory, MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ana():
    return UserFactory()


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


def add_to_watchlist(user, title, added=0, *, starts_in=None, **changes):
    """Add a film to the watchlist `added` days ago, with sessions `starts_in` days from now."""
    item = WatchlistItemFactory(user=user, movie=MovieFactory(title=title, genres=[GenreFactory()]))
    WatchlistItem.objects.filter(pk=item.pk).update(added_at=NOW - timedelta(days=added))
    for days in [] if starts_in is None else starts_in:
        SessionFactory(movie=item.movie, starts_at=NOW + timedelta(days=days), **changes)
    return item


@pytest.fixture
def five(ana):
    add_to_watchlist(ana, "Old", 9)
    add_to_watchlist(ana, "Friday", 1, starts_in=[3, 4])
    add_to_watchlist(ana, "New", 0)
    add_to_watchlist(ana, "Tomorrow", 5, starts_in=[8, 1, -1])
    add_to_watchlist(ana, "In eight days", 4, starts_in=[8, -1])
    add_to_watchlist(ana, "Draft", 3, starts_in=[1], published=False)
    add_to_watchlist(ana, "Cancelled", 2, starts_in=[1], cancelled_at=NOW)
    add_to_watchlist(UserFactory(), "Theirs", 2, starts_in=[1])


BY_PLAYING = ["Tomorrow", "Friday", "New", "Cancelled", "Draft", "In eight days", "Old"]


def sections(response):
    """Return [(heading, films)] of the page; without sections, one with an empty heading."""
    page = response.content.decode()
    parts = re.split(r'<h2 id="watchlist-group-\d">\s*(.*?)\s*</h2>', page)
    titles = [re.findall(r'class="card-title"[^>]*>([^<]*)<', part) for part in parts[::2]]
    return list(zip(["", *parts[1::2]], titles, strict=True)) if len(parts) > 1 else [("", titles[0])]


def test_films_of_this_week_come_first(signed_in, five):
    response = signed_in.get("/watchlist/")
    assert sections(response) == [
        ("", []),
        ("Playing this week", BY_PLAYING[:2]),
        ("Not playing this week", BY_PLAYING[2:]),
    ]
    chips = re.findall(r'<div class="watchlist-next">(.*?)</div>', response.content.decode(), re.DOTALL)
    texts = [" ".join(re.sub(r"<[^>]+>", " ", chip).split()) for chip in chips]
    assert [text[:12] for text in texts] == ["Wed 18 12:00", "Fri 20 12:00"]


def test_other_orderings_have_sessions_but_no_sections(signed_in, five):
    response = signed_in.get("/watchlist/?ordering=title")
    assert sections(response) == [("", sorted(BY_PLAYING))]
    assert response.content.decode().count('class="watchlist-next"') == 2
    assert sections(signed_in.get("/watchlist/?ordering=-added_at"))[0][1][:2] == ["New", "Friday"]


def test_no_sections_without_sessions(signed_in, ana):
    add_to_watchlist(ana, "Old", 9)
    add_to_watchlist(ana, "New", 0, starts_in=[9])
    assert sections(signed_in.get("/watchlist/")) == [("", ["New", "Old"])]


def test_one_section_if_all_films_play_this_week(signed_in, ana):
    add_to_watchlist(ana, "Friday", 0, starts_in=[3])
    assert sections(signed_in.get("/watchlist/")) == [("", []), ("Playing this week", ["Friday"])]


def test_a_sold_out_session(signed_in, ana):
    item = add_to_watchlist(ana, "Friday")
    room = RoomFactory(plan__rows=1, plan__seats_per_row=1)
    TicketFactory(session=SessionFactory(movie=item.movie, room=room, starts_at=NOW + timedelta(days=3)))
    assert "sold out" in signed_in.get("/watchlist/").content.decode()


@pytest.mark.parametrize("films", [1, 3])
def test_constant_number_of_queries(signed_in, ana, films, django_assert_num_queries):
    for number in range(films):
        add_to_watchlist(ana, f"Film {number}", starts_in=[1, 2])
    # Session cookie, user, count, items with their films, genres, next sessions, states of the films, notifications.
    with django_assert_num_queries(8):
        signed_in.get("/watchlist/")


# --- The API ---


def titles(response):
    assert response.status_code == 200
    return [item["movie"]["title"] for item in response.json()["items"]]


@pytest.mark.parametrize("minus", ["", "-"])
def test_the_api_has_the_same_order_by_page_and_by_cursor(signed_in, five, minus):
    expected = BY_PLAYING[::-1] if minus else BY_PLAYING
    path = f"/api/v1/watchlist?ordering={minus}playing"
    assert titles(signed_in.get(path)) == expected
    titles_read, cursor = [], ""
    for _ in expected:
        answer = signed_in.get(f"{path}&limit=1{cursor}")
        titles_read += titles(answer)
        cursor = f"&cursor={answer.json()['meta']['next_cursor']}"
    assert titles_read == expected
    assert cursor == "&cursor=None"


def test_favourites_in_the_same_order(signed_in, ana, five):
    WatchlistItem.objects.filter(movie__title__in=["New", "Friday"]).update(is_favorite=True)
    assert titles(signed_in.get("/api/v1/watchlist?ordering=playing&favorite=true")) == ["Friday", "New"]


@pytest.mark.parametrize("films", [1, 3])
def test_the_ordering_needs_no_more_queries(signed_in, ana, films, django_assert_num_queries):
    for number in range(films):
        add_to_watchlist(ana, f"Film {number}", starts_in=[1, 2])
    with django_assert_num_queries(4):  # session cookie, user, count, items with films and genres
        signed_in.get("/api/v1/watchlist?ordering=playing")
