"""The timeline of a day in the admin."""

import pytest

from cinema.tests.admin.pages import page_text, query_counts
from cinema.tests.admin.programme.helpers import TIMELINE, at
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def bars(response):
    return {
        row["room"].number: [(bar["left"], bar["width"], bar["state"]) for bar in row["bars"]]
        for row in response.context["rows"]
    }


def test_the_timeline_of_a_day(client, manager, film):
    room = RoomFactory(number=1, turnaround_minutes=60)
    RoomFactory(number=2)
    session = SessionFactory(room=room, movie=film, starts_at=at(1, 14), ends_at=at(1, 17))
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    SessionFactory(room=room, movie=film, starts_at=at(2, 14))
    response = client.get(TIMELINE)
    # From noon to midnight in Berlin: twelve hours, so that three of them are a quarter.
    assert bars(response) == {1: [(25.0, 25.0, "upcoming")], 2: []}
    assert response.context["rows"][0]["bars"][0]["turnaround"] == pytest.approx(8.333)
    assert [f"{hour['at']:%H:%M}" for hour in response.context["hours"] if hour["has_label"]] == [
        "12:00", "14:00", "16:00", "18:00", "20:00", "22:00",
    ]  # fmt: skip
    words = page_text(response)
    assert "Tuesday, 1 December 2026 , today" in words.replace("2026,", "2026 ,")
    assert "15:00–18:00 Heat 1 of 10, 1 on hold" in words
    assert "1 ticket sold for this day" in words
    assert "No sessions on this day." in words


def test_days_before_and_after(client, manager):
    content = client.get(TIMELINE, {"day": "2026-12-24"}).content.decode()
    assert 'href="?day=2026-12-23"' in content
    assert 'href="?day=2026-12-25"' in content
    assert "Thursday, 24 December 2026" in content


@pytest.mark.parametrize("day", ["", "soon", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_an_invalid_day_is_today(client, manager, day):
    assert client.get(TIMELINE, {"day": day}).context["is_today"]


def test_early_and_late_sessions_widen_the_timeline(client, manager):
    room = RoomFactory(number=1)
    SessionFactory(room=room, starts_at=at(1, 8, 30))
    SessionFactory(room=room, starts_at=at(1, 21, 30), ends_at=at(1, 23, 45))
    response = client.get(TIMELINE)
    assert f"{response.context['hours'][0]['at']:%H:%M}" == "09:00"
    assert f"{response.context['hours'][-1]['at']:%H:%M}" == "00:00"
    last = bars(response)[1][-1]
    assert last[0] + last[1] < 100


def test_a_session_past_midnight_belongs_to_the_day_before(client, manager):
    night = SessionFactory(room=RoomFactory(number=1), starts_at=at(1, 21, 30), ends_at=at(1, 23, 45))
    assert len(bars(client.get(TIMELINE))[1]) == 1
    assert bars(client.get(TIMELINE, {"day": "2026-12-02"}))[1] == []
    # Unless it lasts into the hours of the timeline.
    night.ends_at = night.room_free_at = at(2, 12)
    night.save()
    ((left, width, _),) = bars(client.get(TIMELINE, {"day": "2026-12-02"}))[1]
    assert left == 0
    assert 0 < width < 100


def test_the_hour_that_comes_twice(client, manager):
    SessionFactory(room=RoomFactory(number=1), starts_at=at(24, 22, 30, month=10))
    SessionFactory(room=RoomFactory(number=2), starts_at=at(24, 23, 30, month=10))
    response = client.get(TIMELINE, {"day": "2026-10-25"})
    names = [f"{hour['at']:%H}" for hour in response.context["hours"]]
    assert names.count("02") == 2


def test_a_cinema_without_rooms(client, manager):
    assert "There are no rooms yet." in page_text(client.get(TIMELINE))


def test_the_queries_of_the_timeline_do_not_grow(client, manager, django_assert_max_num_queries):
    make = lambda: TicketFactory(session=SessionFactory(starts_at=at(1, 14)))  # noqa: E731
    one, three = query_counts(client, TIMELINE, make, django_assert_max_num_queries)
    assert one == three <= 6
