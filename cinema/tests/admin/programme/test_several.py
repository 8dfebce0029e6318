"""Scheduling several sessions at once in the admin."""

import pytest
from django.contrib.admin.models import ADDITION

from cinema.models import MovieSession
from cinema.tests.admin.pages import form_errors, log_entries, messages_of
from cinema.tests.admin.programme.helpers import LIST, SEVERAL, at
from cinema.tests.factories import RoomFactory, SessionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def several_data(film, room, **more):
    return {
        "movie": film.pk, "room": room.pk, "first_day": "2026-12-02", "last_day": "2026-12-04", "weekdays": [],
        "times": "14:00, 20:30", "published": "on",
    } | more  # fmt: skip


def start_times():
    return [f"{session.starts_at:%d %H:%M}" for session in MovieSession.objects.order_by("starts_at")]


def test_a_film_on_several_days_and_times(client, manager, film):
    response = client.post(SEVERAL, several_data(film, RoomFactory()))
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert messages_of(response) == ["6 sessions scheduled."]
    assert start_times() == ["02 13:00", "02 19:30", "03 13:00", "03 19:30", "04 13:00", "04 19:30"]
    assert [entry[0] for entry in log_entries()] == [ADDITION] * 6


def test_weekdays_and_drafts(client, manager, film):
    more = {"weekdays": ["2", "4"], "times": "20:00", "last_day": "2026-12-11", "published": ""}
    client.post(SEVERAL, several_data(film, RoomFactory(), **more))
    assert start_times() == ["02 19:00", "04 19:00", "09 19:00", "11 19:00"]
    assert not MovieSession.objects.filter(published=True).exists()


def test_a_clash_stops_all_and_is_named(client, manager, film):
    taken = SessionFactory(room=RoomFactory(number=1), starts_at=at(3, 13, 30), movie=film)
    words = form_errors(client.post(SEVERAL, several_data(film, taken.room)))["__all__"]
    assert any("Thu 03 Dec 2026, 14:30" in sentence for sentence in words)
    assert MovieSession.objects.count() == 1
    assert log_entries() == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"times": "soon"}, {"times": ["“soon” is not a time. Write times as 14:00, 18:30."]}),
        ({"times": "24:00"}, {"times": ["“24:00” is not a time. Write times as 14:00, 18:30."]}),
        ({"times": ""}, {"times": ["This field is required."]}),
        ({"times": ", ,"}, {"__all__": ["Send 1 to 500 at once."]}),
        ({"last_day": "2026-12-01"},
         {"last_day": ["The last day must not be before the first, and at most a year later."]}),
        ({"last_day": "9999-12-31"},
         {"last_day": ["The last day must not be before the first, and at most a year later."]}),
        ({"weekdays": ["7"]}, {"weekdays": ["Select a valid choice. 7 is not one of the available choices."]}),
        ({"first_day": "2026-11-30"}, {"__all__": ["This is in the past."]}),
        ({"first_day": "2027-03-27", "last_day": "2027-03-29", "times": "02:30"},
         {"__all__": ["On 28 March 2027 the clocks jump over 02:30; choose another time."]}),
        ({"movie": "x"}, {"movie": ["Select a valid choice. That choice is not one of the available choices."]}),
    ],
)  # fmt: skip
def test_errors_are_shown_and_nothing_is_scheduled(client, manager, film, fields, expected):
    assert form_errors(client.post(SEVERAL, several_data(film, RoomFactory()) | fields)) == expected
    assert not MovieSession.objects.exists()


def test_too_many_at_once(client, manager, film):
    more = {"last_day": "2027-11-30", "times": "10:00 14:00"}
    assert form_errors(client.post(SEVERAL, several_data(film, RoomFactory(), **more))) == {
        "__all__": ["Send 1 to 500 at once."]
    }


def test_unexpected_errors_are_raised(client, manager, film, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("cinema.programme.scheduling.schedule_many", broken)
    with pytest.raises(RuntimeError):
        client.post(SEVERAL, several_data(film, RoomFactory()))
