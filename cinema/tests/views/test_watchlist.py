"""The watchlist knows the programme: what is on this week comes first, with its next time."""

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


def wanted(user, title, added=0, *, starts_in=None, **changes):
    """On the list since `added` days, with sessions so many days ahead."""
    item = WatchlistItemFactory(user=user, movie=MovieFactory(title=title, genres=[GenreFactory()]))
    WatchlistItem.objects.filter(pk=item.pk).update(added_at=NOW - timedelta(days=added))
    for days in [] if starts_in is None else starts_in:
        SessionFactory(movie=item.movie, starts_at=NOW + timedelta(days=days), **changes)
    return item


@pytest.fixture
def five(ana):
    wanted(ana, "Old", 9)
    wanted(ana, "Friday", 1, starts_in=[3, 4])
    wanted(ana, "New", 0)
    wanted(ana, "Tomorrow", 5, starts_in=[8, 1, -1])
    wanted(ana, "In eight days", 4, starts_in=[8, -1])
    wanted(ana, "Draft", 3, starts_in=[1], published=False)
    wanted(ana, "Cancelled", 2, starts_in=[1], cancelled_at=NOW)
    wanted(UserFactory(), "Theirs", 2, starts_in=[1])


BY_PLAYING = ["Tomorrow", "Friday", "New", "Cancelled", "Draft", "In eight days", "Old"]


def sections(response):
    """[(heading, films)] as the page has them; one without a heading where there are no sections."""
    page = response.content.decode()
    parts = re.split(r'<h2 id="wanted-\d">\s*(.*?)\s*</h2>', page)
    titles = [re.findall(r'class="card-title"[^>]*>([^<]*)<', part) for part in parts[::2]]
    return list(zip(["", *parts[1::2]], titles, strict=True)) if len(parts) > 1 else [("", titles[0])]


def test_what_is_on_this_week_comes_first(signed_in, five):
    response = signed_in.get("/watchlist/")
    assert sections(response) == [
        ("", []),
        ("Playing this week", BY_PLAYING[:2]),
        ("Not playing this week", BY_PLAYING[2:]),
    ]
    chips = re.findall(r'<div class="wanted-next">(.*?)</div>', response.content.decode(), re.DOTALL)
    said = [" ".join(re.sub(r"<[^>]+>", " ", chip).split()) for chip in chips]
    assert [words[:12] for words in said] == ["Wed 18 12:00", "Fri 20 12:00"]


def test_other_orders_have_no_sections_but_the_times(signed_in, five):
    response = signed_in.get("/watchlist/?ordering=title")
    assert sections(response) == [("", sorted(BY_PLAYING))]
    assert response.content.decode().count('class="wanted-next"') == 2
    assert sections(signed_in.get("/watchlist/?ordering=-added_at"))[0][1][:2] == ["New", "Friday"]


def test_where_nothing_is_on_it_is_as_it_was(signed_in, ana):
    wanted(ana, "Old", 9)
    wanted(ana, "New", 0, starts_in=[9])
    assert sections(signed_in.get("/watchlist/")) == [("", ["New", "Old"])]


def test_where_all_is_on_there_is_one_section(signed_in, ana):
    wanted(ana, "Friday", 0, starts_in=[3])
    assert sections(signed_in.get("/watchlist/")) == [("", []), ("Playing this week", ["Friday"])]


def test_a_sold_out_session_says_so(signed_in, ana):
    item = wanted(ana, "Friday")
    room = RoomFactory(plan__rows=1, plan__seats_per_row=1)
    TicketFactory(session=SessionFactory(movie=item.movie, room=room, starts_at=NOW + timedelta(days=3)))
    assert "sold out" in signed_in.get("/watchlist/").content.decode()


@pytest.mark.parametrize("films", [1, 3])
def test_one_query_for_all_their_sessions(signed_in, ana, films, django_assert_num_queries):
    for number in range(films):
        wanted(ana, f"Film {number}", starts_in=[1, 2])
    # Session, user, count, items with their films, genres, next sessions, how things stand, the bell.
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
    read, cursor = [], ""
    for _ in expected:
        answer = signed_in.get(f"{path}&limit=1{cursor}")
        read += titles(answer)
        cursor = f"&cursor={answer.json()['meta']['next_cursor']}"
    assert read == expected
    assert cursor == "&cursor=None"


def test_favourites_in_that_order(signed_in, ana, five):
    WatchlistItem.objects.filter(movie__title__in=["New", "Friday"]).update(is_favorite=True)
    assert titles(signed_in.get("/api/v1/watchlist?ordering=playing&favorite=true")) == ["Friday", "New"]


@pytest.mark.parametrize("films", [1, 3])
def test_the_order_asks_nothing_more(signed_in, ana, films, django_assert_num_queries):
    for number in range(films):
        wanted(ana, f"Film {number}", starts_in=[1, 2])
    with django_assert_num_queries(5):  # session, user, count, items with their films, genres
        signed_in.get("/api/v1/watchlist?ordering=playing")
