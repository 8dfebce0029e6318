"""Copying a day or a week in the admin."""

import pytest
from django.contrib.admin.models import ADDITION

from cinema.models import MovieSession
from cinema.tests.admin.pages import form_errors, log_entries, messages_of, page_text
from cinema.tests.admin.programme.helpers import COPY, LIST, at
from cinema.tests.factories import RoomFactory, SessionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def start_times():
    return [f"{session.starts_at:%d %H:%M}" for session in MovieSession.objects.order_by("starts_at")]


def copy_data(**more):
    return {"first_day": "2026-12-02", "to_day": "2026-12-09", "days": "1"} | more


def outcomes_of(response):
    return [(one.session.pk, str(one.outcome)) for one, _, _ in response.context["outcomes"]]


@pytest.fixture
def wednesday(film):
    room = RoomFactory(number=1)
    return [
        SessionFactory(room=room, movie=film, starts_at=at(2, 13)),
        SessionFactory(room=room, movie=film, starts_at=at(2, 19), published=False),
    ]


def test_the_table_shows_the_copies_before_they_are_made(client, manager, wednesday):
    response = client.post(COPY, copy_data(_look=""))
    assert outcomes_of(response) == [(session.pk, "copied") for session in wednesday]
    words = page_text(response)
    assert "2 of 2 can be copied" in words
    assert "Wed 09 Dec 2026, 14:00–15:55" in words
    assert "Copy 2 sessions" in words
    assert MovieSession.objects.count() == 2


def test_the_copies_are_made(client, manager, wednesday):
    response = client.post(COPY, copy_data(_copy=""))
    assert (response.status_code, response["Location"], messages_of(response)) == (302, LIST, ["2 sessions copied."])
    assert start_times() == ["02 13:00", "02 19:00", "09 13:00", "09 19:00"]
    copies = MovieSession.objects.filter(starts_at__gt=at(3, 0)).order_by("starts_at")
    assert [copy.published for copy in copies] == [True, False]
    assert [entry[:2] for entry in log_entries()] == [(ADDITION, str(copy)) for copy in copies]


def test_a_clash_is_in_the_table_and_stops_the_copy(client, manager, wednesday):
    SessionFactory(room=wednesday[0].room, movie=wednesday[0].movie, starts_at=at(9, 13, 30))
    looked = client.post(COPY, copy_data(_look=""))
    expected = [(wednesday[0].pk, "clash"), (wednesday[1].pk, "copied")]
    assert outcomes_of(looked) == expected
    assert "1 of 2 can be copied" in page_text(looked)
    refused = client.post(COPY, copy_data(_copy=""))
    assert outcomes_of(refused) == expected
    assert form_errors(refused) == {
        "__all__": ["1 session can't be copied, so nothing was. You can choose to leave out what can't be copied."]
    }
    assert MovieSession.objects.count() == 3
    client.post(COPY, copy_data(_copy="", skip_clashes="on", as_drafts="on"))
    assert start_times() == ["02 13:00", "02 19:00", "09 13:30", "09 19:00"]
    assert not MovieSession.objects.get(starts_at=at(9, 19)).published


def test_a_week_of_one_room(client, manager, wednesday, film):
    other = SessionFactory(room=RoomFactory(number=2), movie=film, starts_at=at(5, 13))
    client.post(COPY, copy_data(_copy="", days="7", rooms=[other.room_id]))
    assert start_times() == ["02 13:00", "02 19:00", "05 13:00", "12 13:00"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"to_day": "2026-12-02"}, {"to_day": ["These are the days to be copied; choose others."]}),
        ({"to_day": "9999-12-31"}, {"to_day": ["There is no such day in the calendar."]}),
        ({"first_day": ""}, {"first_day": ["This field is required."]}),
        ({"days": "2"}, {"days": ["Select a valid choice. 2 is not one of the available choices."]}),
        ({"rooms": ["0"]}, {"rooms": ["Select a valid choice. 0 is not one of the available choices."]}),
    ],
)
def test_errors_are_shown_and_nothing_is_copied(client, manager, wednesday, fields, expected):
    for button in ("_look", "_copy"):
        assert form_errors(client.post(COPY, copy_data(**fields, **{button: ""}))) == expected
    assert MovieSession.objects.count() == 2


def test_a_day_without_sessions(client, manager):
    for button in ("_look", "_copy"):
        assert "Nothing is scheduled on these days." in page_text(client.post(COPY, copy_data(**{button: ""})))


def test_the_address_may_name_the_day(client, manager):
    assert 'value="2026-12-24"' in client.get(COPY, {"from": "2026-12-24"}).content.decode()


def test_a_past_day_cannot_be_copied_to(client, manager, wednesday):
    response = client.post(COPY, copy_data(_look="", to_day="2026-11-25"))
    assert [outcome for _, outcome in outcomes_of(response)] == ["past", "past"]
    assert "Copy 0" not in page_text(response)


def test_unexpected_errors_are_raised(client, manager, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("cinema.programme.copying.copy_programme", broken)
    with pytest.raises(RuntimeError):
        client.post(COPY, copy_data(_copy=""))
