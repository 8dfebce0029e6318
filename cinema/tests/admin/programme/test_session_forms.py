"""Adding and changing sessions in the admin."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import ADDITION, CHANGE
from django.utils import timezone

from cinema.models import MovieSession
from cinema.tests.admin.pages import form_errors, log_entries, page_text
from cinema.tests.admin.programme.helpers import ADD, LIST, at, form_data, page
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def new_form_data(movie, room, day="2026-12-02", start="18:00", **more):
    return {"movie": movie.pk, "room": room.pk, "day": day, "start": start, "end": "", "published": "on"} | more


def test_a_session_is_added_by_the_cinemas_clock(client, clock, manager, film):
    response = client.post(ADD, new_form_data(film, RoomFactory()))
    assert (response.status_code, response["Location"]) == (302, LIST)
    session = MovieSession.objects.get()
    assert (session.starts_at, session.ends_at, session.published) == (at(2, 17), at(2, 18, 55), True)
    assert log_entries() == [(ADDITION, str(session), "Added.", "manager")]


def test_an_end_may_be_given_and_may_be_after_midnight(client, clock, manager, film):
    client.post(ADD, new_form_data(film, RoomFactory(), start="22:30", end="00:45", published=""))
    session = MovieSession.objects.get()
    assert (session.starts_at, session.ends_at, session.published) == (at(2, 21, 30), at(2, 23, 45), False)


def test_the_error_about_a_taken_room_names_the_session_and_free_times(client, clock, manager, film):
    session = SessionFactory(room=RoomFactory(number=1), movie=film, starts_at=at(2, 17), ends_at=at(2, 19))
    response = client.post(ADD, new_form_data(film, session.room, start="18:30"))
    (sentence,) = form_errors(response)["start"]
    assert "“Heat”" in sentence
    assert "Next free: Wed 02 Dec 2026, 20:15" in sentence
    assert sentence in page_text(response)
    assert 'value="18:30"' in response.content.decode()
    assert MovieSession.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"movie": ""}, {"movie": ["This field is required."]}),
        ({"movie": "x"}, {"movie": ["Select a valid choice. That choice is not one of the available choices."]}),
        ({"room": ""}, {"room": ["This field is required."]}),
        ({"day": "2026-11-30"}, {"start": ["This is in the past."]}),
        ({"day": "soon"}, {"day": ["Enter a valid date."]}),
        ({"start": "25:00"}, {"start": ["Enter a valid time."]}),
        ({"start": "18:00", "end": "18:00"}, {"start": ["The end must differ from the start."]}),
        ({"day": "2027-03-28", "start": "02:30"},
         {"start": ["On 28 March 2027 the clocks jump over 02:30; choose another time."]}),
        ({"day": "9999-12-31", "end": "01:00"}, {"start": ["There is no such day in the calendar."]}),
    ],
)  # fmt: skip
def test_errors_are_shown_at_their_fields(client, clock, manager, film, fields, expected):
    assert form_errors(client.post(ADD, new_form_data(film, RoomFactory()) | fields)) == expected
    assert not MovieSession.objects.exists()


def test_a_film_without_a_runtime_needs_an_end(client, clock, manager):
    film, room = MovieFactory(runtime=None), RoomFactory()
    words = form_errors(client.post(ADD, new_form_data(film, room)))
    assert list(words) == ["end"]
    assert client.post(ADD, new_form_data(film, room, end="20:00")).status_code == 302


def test_private_films_cannot_be_scheduled(client, clock, manager):
    private = MovieFactory(owner=manager, tmdb_id=None)
    assert "movie" in form_errors(client.post(ADD, new_form_data(private, RoomFactory())))


def test_the_page_shows_the_cinemas_clock(client, manager, session):
    content = client.get(page(session)).content.decode()
    assert 'value="2026-12-02"' in content
    assert 'value="18:00"' in content
    assert 'value="20:05"' in content


def test_saving_the_form_unchanged_changes_nothing(client, manager, session):
    assert client.post(page(session), form_data(session)).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.revision) == (at(2, 17), at(2, 19, 5), 0)


def test_a_session_moves_and_keeps_its_length(client, manager, session):
    TicketFactory(session=session)
    client.post(page(session), form_data(session, start="19:30"))
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.revision) == (at(2, 18, 30), at(2, 20, 35), 1)
    assert log_entries()[-1][:3] == (CHANGE, str(session), "Changed Begins at.")


def test_a_session_moves_to_another_room_day_and_end(client, manager, session):
    other = RoomFactory(number=2)
    client.post(page(session), form_data(session, room=other.pk, day="2026-12-03", end="20:30"))
    session.refresh_from_db()
    assert (session.room, session.starts_at, session.ends_at) == (other, at(3, 17), at(3, 19, 30))


def test_a_move_that_would_lose_seats_names_them(client, manager, session):
    ticket = TicketFactory(session=session)
    small = RoomFactory(number=2, plan__rows=1, plan__seats_per_row=1)
    TicketFactory(session=session)
    response = client.post(page(session), form_data(session, room=small.pk))
    assert "A2" in page_text(response)
    assert form_errors(response)
    session.refresh_from_db()
    assert session.room == ticket.room


def test_a_session_that_began_cannot_be_moved(client, manager, session, clock):
    clock.move_to(at(2, 18))
    assert "began at 18:00" in str(form_errors(client.post(page(session), form_data(session, room=RoomFactory().pk))))


def test_a_cancelled_session_is_read_only(client, manager, session):
    MovieSession.objects.update(cancelled_at=timezone.now())
    assert "cancelled" in page_text(client.get(page(session)))
    assert client.post(page(session), form_data(session)).status_code == 403


def test_the_page_shows_seats_holds_and_numbers(client, manager, ahead):
    session = SessionFactory(starts_at=ahead(), room=RoomFactory(number=1))
    TicketFactory(session=session)
    hold = HeldTicketFactory(session=session, user__username="ana")
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    words = page_text(client.get(page(session)))
    assert "1 of 10 sold, 1 on hold" in words
    assert f"{hold.seat}, by ana, until" in words
    content = client.get(page(session)).content.decode()
    titles = ("Row A, seat 1, sold", "Row A, seat 2, on hold", "Row A, seat 3, free")
    assert [content.count(f'title="{title}"') for title in titles] == [1, 1, 1]
