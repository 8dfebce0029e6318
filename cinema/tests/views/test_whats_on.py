"""The programme page, and sessions on the pages of films."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cinema.models import Seat
from cinema.templatetags.programme import day_and_time, day_name, short_day, short_day_of
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield NOON


def slots(response):
    """Return [(session, style, text about seats)] in order."""
    found = re.findall(r'<a class="slot ([\w-]*)" href="/sessions/(\d+)/">(.*?)</a>', response.content.decode(), re.S)
    seats_left = [re.search(r'slot-left">([^<]*)<', inside) for _, _, inside in found]
    return [(int(pk), look, left[1] if left else "") for (look, pk, _), left in zip(found, seats_left, strict=True)]


def sessions_on(response):
    return [pk for pk, _, _ in slots(response)]


def test_only_bookable_sessions_today_first(client, noon):
    film = MovieFactory()
    late, soon = (SessionFactory(movie=film, starts_at=noon + hours * HOUR) for hours in (9, 2))
    other = SessionFactory(starts_at=noon + 3 * HOUR)
    tomorrow = SessionFactory(starts_at=noon + 20 * HOUR)
    SessionFactory(starts_at=noon - timedelta(minutes=1))
    SessionFactory(starts_at=noon + HOUR, published=False)
    SessionFactory(starts_at=noon + HOUR, cancelled_at=noon)
    response = client.get("/whats-on/")
    assert sessions_on(response) == [soon.pk, late.pk, other.pk]
    assert "2 films, 3 sessions" in response.content.decode()
    assert response.context["days"] == [date(2026, 11, 20), date(2026, 11, 21)]
    assert sessions_on(client.get("/whats-on/?date=2026-11-21")) == [tomorrow.pk]
    assert sessions_on(client.get("/whats-on/?by=film")) == [soon.pk, late.pk, other.pk, tomorrow.pk]


def test_days_are_in_the_time_zone_of_the_cinema(client, settings, noon):
    settings.TIME_ZONE = "Pacific/Auckland"
    session = SessionFactory(starts_at=noon + HOUR)  # half past midnight of the next day there
    assert sessions_on(client.get("/whats-on/?date=2026-11-21")) == [session.pk]
    assert sessions_on(client.get("/whats-on/?date=2026-11-20")) == []


def day_links(response):
    """Return [(day, text, whether it is the day shown)]."""
    found = re.findall(r'<a href="(/whats-on/\?date=[^"]+)"([^>]*)>(.*?)</a>', response.content.decode(), re.S)
    return [
        (path[-10:], " ".join(re.sub("<[^>]+>", " ", text).split()), "current" in more) for path, more, text in found
    ]


def test_the_day_shown_is_marked(client, noon):
    for days in (1, 12):
        SessionFactory(starts_at=noon + timedelta(days=days))
    week = [
        ("2026-11-20", "Tonight 20 Nov", True),
        ("2026-11-21", "Sat 21 Nov", False),
        ("2026-12-02", "Wed 2 Dec", False),
    ]
    assert day_links(client.get("/whats-on/")) == week
    shown = day_links(client.get("/whats-on/?date=2026-11-28"))  # a day without sessions is listed if it is shown
    assert [day for day, _, is_shown in shown if is_shown] == ["2026-11-28"]
    assert [day for day, _, _ in shown] == ["2026-11-20", "2026-11-21", "2026-11-28", "2026-12-02"]


@pytest.mark.parametrize(("day", "subtitle"), [("2026-11-20", "Friday 20 November"), ("2026-11-25", "")])
def test_a_day_is_named_once(client, noon, day, subtitle):
    text = client.get(f"/whats-on/?date={day}").content.decode()
    below = re.search(r"</h1>\s*<p class=\"quiet\">(.*?)</p>", text, re.S)
    assert below[1].strip() == subtitle


def test_seats_left(client, noon):
    plenty, few, full = (
        SessionFactory(starts_at=noon + HOUR, room__plan__rows=rows, movie__title=f"{rows} rows") for rows in (4, 2, 1)
    )
    TicketFactory(session=few)
    HeldTicketFactory(session=few, held_until=noon + HOUR)
    for _ in range(5):
        TicketFactory(session=full)
    looks = {pk: (look, text) for pk, look, text in slots(client.get("/whats-on/"))}
    assert looks == {plenty.pk: ("", ""), few.pk: ("few", "8 seats left"), full.pk: ("sold-out", "sold out")}


def test_wheelchair_places_and_companion_seats_left_are_named(client, noon):
    """They are said once nothing else is left: before that, for seats only."""
    one, both, some = (
        SessionFactory(starts_at=noon + HOUR, room__plan__rows=1, room__plan__seats_per_row=4) for _ in range(3)
    )
    Seat.objects.filter(number=1).update(kind="wheelchair")
    Seat.objects.filter(number=2, room__in=[both.room, some.room]).update(kind="companion")
    for session, numbers in ((one, (2, 3, 4)), (both, (3, 4)), (some, (3,))):
        for number in numbers:
            TicketFactory(session=session, seat=session.room.seats.get(number=number))
    left = {
        one.pk: ("few", "1 wheelchair place left"),
        both.pk: ("few", "1 wheelchair place and 1 companion seat left"),
        some.pk: ("few", "1 seat left"),
    }
    for path in ("/whats-on/", "/whats-on/?by=film", "/", one.movie.get_absolute_url()):
        looks = {pk: (look, text) for pk, look, text in slots(client.get(path))}
        assert looks.items() <= left.items()
        assert one.pk in looks


def test_an_empty_day_links_to_the_next(client, noon):
    assert "not out yet" in client.get("/whats-on/").content.decode()
    assert "not out yet" in client.get("/whats-on/?by=film").content.decode()
    SessionFactory(starts_at=noon + 50 * HOUR)
    response = client.get("/whats-on/")
    assert "The next sessions are on Sunday 22 November." in response.content.decode()
    assert 'href="/whats-on/?date=2026-11-22">Go to that day' in response.content.decode()


@pytest.mark.parametrize("query", ["date=yesterday", "date=9999-12-31", "date=%00", "date=0000-00-00", "by=chance"])
def test_invalid_parameters(client, noon, query):
    session = SessionFactory(starts_at=noon + HOUR)
    response = client.get(f"/whats-on/?{query}")
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert sessions_on(response) == ([] if "9999" in query else [session.pk])


@pytest.mark.parametrize("path", ["/whats-on/", "/whats-on/?by=film"])
def test_constant_number_of_queries(client, noon, path):
    counts = []
    for hours in (1, 2, 3):
        SessionFactory(starts_at=noon + hours * HOUR, movie__genres=[GenreFactory()])
        if hours == 2:
            continue
        with CaptureQueriesContext(connection) as captured:
            assert len(sessions_on(client.get(path))) == hours
        counts.append(len(captured))
    assert counts == [1 if "film" in path else 2] * 2


def test_sessions_on_the_page_of_a_film(client, noon):
    film = MovieFactory(trailer="https://www.youtube.com/watch?v=x")
    assert 'id="sessions"' not in client.get(film.get_absolute_url()).content.decode()
    first, second, later = (SessionFactory(movie=film, starts_at=noon + hours * HOUR) for hours in (1, 6, 60))
    SessionFactory(starts_at=noon + HOUR)
    response = client.get(film.get_absolute_url())
    assert sessions_on(response) == [first.pk, second.pk, later.pk]
    assert re.findall(r"<h3>([^<]+)</h3>", response.content.decode()) == ["Tonight", "Monday 23 November"]


def test_sessions_on_the_home_page(client, noon):
    film = MovieFactory()
    assert sessions_on(client.get("/")) == []
    tomorrow = SessionFactory(movie=film, starts_at=noon + 30 * HOUR)
    response = client.get("/")
    assert sessions_on(response) == [tomorrow.pk]
    assert "<h2>Tomorrow</h2>" in response.content.decode()
    evenings = [SessionFactory(starts_at=noon + 8 * HOUR).pk for _ in range(7)]
    response = client.get("/")
    assert len(sessions_on(response)) == 6
    assert set(sessions_on(response)) < set(evenings)
    assert "<h2>Tonight</h2>" in response.content.decode()


def test_names_of_days(noon):
    days = [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22), date(2027, 1, 2)]
    assert [day_name(day) for day in days] == ["Today", "Tomorrow", "Sunday 22 November", "Saturday 2 January 2027"]
    assert [short_day(day) for day in days] == ["Tonight", "Sat 21", "Sun 22", "Sat 2 Jan"]
    assert [short_day_of(noon + hours * HOUR) for hours in (1, 8, 24)] == ["Today", "Tonight", "Sat 21"]
    assert [day_and_time(noon + hours * HOUR) for hours in (1, 8, 24)] == [
        "Today 13:00",
        "Tonight 20:00",
        "Tomorrow 12:00",
    ]
    assert day_and_time(timezone.now()) == "Today 12:00"
