"""Scheduling sessions."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.models import LONGEST_SESSION, MovieSession, Room
from cinema.programme import planning, scheduling
from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.programme.helpers import EVENING, MINUTES, code_and_errors, error_of
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def test_a_session_is_as_long_as_its_film_and_the_advertisements(settings):
    settings.ADVERTISEMENT_MINUTES = 20
    film, room = MovieFactory(runtime=100), RoomFactory(turnaround_minutes=25)
    made = scheduling.schedule(film, room, EVENING.replace(second=59, microsecond=9))
    made.refresh_from_db()
    assert (made.movie, made.room, made.published, made.revision, made.cancelled_at) == (film, room, True, 0, None)
    assert made.starts_at == EVENING
    assert made.ends_at == EVENING + 120 * MINUTES
    assert made.room_free_at == EVENING + 145 * MINUTES
    assert planning.calculate_end(film, EVENING) == made.ends_at


def test_a_given_end_and_a_draft():
    film = MovieFactory(runtime=None)
    made = scheduling.schedule(
        film, RoomFactory(), EVENING, EVENING + timedelta(minutes=30, seconds=8), published=False
    )
    assert (made.ends_at, made.published) == (EVENING + 30 * MINUTES, False)


def test_a_session_may_last_a_day_and_begin_in_the_next_minute():
    scheduling.schedule(MovieFactory(), RoomFactory(), EVENING, EVENING + LONGEST_SESSION)
    now = timezone.now()
    scheduling.schedule(MovieFactory(), RoomFactory(), now.replace(second=0) + MINUTES)


@pytest.mark.parametrize(
    ("film", "times", "field", "message"),
    [
        ({}, (EVENING, EVENING), "ends_at", "A session ends after it starts."),
        ({}, (EVENING, EVENING - MINUTES), "ends_at", "A session ends after it starts."),
        ({}, (EVENING, EVENING + timedelta(seconds=59)), "ends_at", "A session ends after it starts."),
        ({}, (EVENING, EVENING + LONGEST_SESSION + MINUTES), "ends_at", "A session is at most 24 hours long."),
        ({"runtime": 2000}, (EVENING,), "ends_at", "A session is at most 24 hours long."),
        ({}, (EVENING.replace(year=2020),), "starts_at", "This is in the past."),
        ({}, (datetime.min.replace(tzinfo=UTC),), "starts_at", "This is in the past."),
        ({}, (datetime.max.replace(tzinfo=UTC),), "starts_at", "This is more than a hundred years ahead."),
        ({"runtime": None}, (EVENING,), "ends_at",
         "The runtime of the film is not known, so say when the session ends."),
    ],
)  # fmt: skip
def test_invalid_values_are_refused(film, times, field, message):
    movie, room = MovieFactory(**film), RoomFactory()
    assert error_of(lambda: scheduling.schedule(movie, room, *times)).message_dict == {field: [message]}
    assert not MovieSession.objects.exists()


def test_a_private_film_cannot_be_scheduled():
    mine = MovieFactory(tmdb_id=None, owner=UserFactory())
    messages = error_of(lambda: scheduling.schedule(mine, RoomFactory(), EVENING)).message_dict
    assert messages == {"movie": ["Only films of the catalogue are shown; this one is private."]}


def test_a_room_or_a_film_that_was_just_deleted_is_refused():
    room, film = RoomFactory(), MovieFactory()
    deleted = Room.objects.get(pk=room.pk)
    room.delete()
    messages = error_of(lambda: scheduling.schedule(film, deleted, EVENING)).message_dict
    assert messages == {"room": ["There is no such room."]}
    lost = type(film).objects.get(pk=film.pk)
    film.delete()
    with pytest.raises(ValidationError) as caught:
        scheduling.schedule(lost, RoomFactory(), EVENING)
    assert caught.value.message_dict == {"movie": ["There is no such film."]}
    rows = [
        {"movie": MovieFactory(), "room": RoomFactory(), "starts_at": EVENING},
        {"movie": lost, "room": RoomFactory(), "starts_at": EVENING},
    ]
    assert error_of(lambda: scheduling.schedule_many(rows)).message_dict == {"1.movie": ["There is no such film."]}
    assert not MovieSession.objects.exists()


def test_the_conflict_names_the_session_and_the_next_free_slots(programme, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    error = error_of(lambda: scheduling.schedule(programme.film, programme.room, EVENING + 60 * MINUTES))
    session = programme.session
    sentence = (
        f"Blue Room is taken: “Alien” (session {session.pk}) begins Tue 04 Mar 2087, 19:00, until 21:00, "
        "and the room is free 15 minutes later, from 21:15."
    )
    assert code_and_errors(error) == ("room_taken", [("starts_at", sentence)])
    assert error.message == (
        f"{sentence} Next free: Tue 04 Mar 2087, 21:15, Tue 04 Mar 2087, 23:00, Wed 05 Mar 2087, 00:45."
    )
    assert error.details == {
        "clashing_session": {
            "id": session.pk,
            "movie": {"id": session.movie_id, "title": "Alien"},
            "starts_at": "2087-03-04T18:00:00Z",
            "ends_at": "2087-03-04T20:00:00Z",
            "room_free_at": "2087-03-04T20:15:00Z",
        },
        "free_slots": [
            {"starts_at": "2087-03-04T20:15:00Z", "ends_at": "2087-03-04T21:45:00Z"},
            {"starts_at": "2087-03-04T22:00:00Z", "ends_at": "2087-03-04T23:30:00Z"},
            {"starts_at": "2087-03-04T23:45:00Z", "ends_at": "2087-03-05T01:15:00Z"},
        ],
    }
    # What is messages to be free is free.
    for slot in error.details["free_slots"]:
        begin, end = (datetime.fromisoformat(slot[name]) for name in ("starts_at", "ends_at"))
        scheduling.schedule(programme.film, programme.room, begin, end)


@pytest.mark.parametrize(
    ("begin", "length", "is_free"),
    [(135, 90, True), (134, 90, False), (-105, 90, True), (-104, 90, False), (-60, 300, False), (30, 10, False)],
)
def test_the_turnaround_counts_on_both_sides(programme, begin, length, is_free):
    def act():
        scheduling.schedule(programme.film, programme.room, starts_at, starts_at + length * MINUTES)

    starts_at = EVENING + begin * MINUTES
    if is_free:
        act()
    else:
        assert error_of(act).details["clashing_session"]["id"] == programme.session.pk
    assert MovieSession.objects.count() == 1 + is_free


def test_the_message_without_a_turnaround(programme):
    MovieSession.objects.update(room_free_at=programme.session.ends_at)
    error = error_of(lambda: scheduling.schedule(programme.film, programme.room, EVENING))
    assert "until 20:00. Next free" in error.message


def test_a_cancelled_session_frees_its_room_and_a_draft_does_not(programme):
    MovieSession.objects.update(published=False)
    error_of(lambda: scheduling.schedule(programme.film, programme.room, EVENING))
    MovieSession.objects.update(cancelled_at=timezone.now())
    scheduling.schedule(programme.film, programme.room, EVENING)


def test_the_violation_of_another_constraint_is_raised_as_it_is(programme, monkeypatch):
    monkeypatch.setattr(
        planning,
        "plan_session",
        lambda *arguments: SimpleNamespace(
            room=programme.room,
            build_session=lambda room: MovieSession(
                movie=programme.film, room=room, starts_at=EVENING, ends_at=EVENING, room_free_at=EVENING
            ),
        ),
    )
    with pytest.raises(IntegrityError, match="session_ends_after_it_starts"):
        scheduling.schedule(programme.film, programme.room, EVENING)


def test_many_are_scheduled_in_their_order_by_a_few_statements(programme, django_assert_num_queries):
    film, rooms = programme.film, [RoomFactory(), programme.room]

    def row(room, days):
        return {"movie": film, "room": room, "starts_at": EVENING + timedelta(days=days)}

    rows = [
        row(rooms[0], 2),
        row(rooms[1], 1),
        {**row(rooms[0], 1), "published": False, "ends_at": EVENING + timedelta(days=1, hours=1)},
    ]
    with django_assert_num_queries(10):  # two of them: is the film on already, and who watches it
        made = scheduling.schedule_many(rows)
    assert [(one.room, one.starts_at, one.published) for one in made] == [
        (rooms[0], EVENING + timedelta(days=2), True),
        (rooms[1], EVENING + timedelta(days=1), True),
        (rooms[0], EVENING + timedelta(days=1), False),
    ]
    with django_assert_num_queries(8):  # the film is on already, and shown until then
        scheduling.schedule_many([row(room, days) for room in rooms for days in range(-150, -100)])


def test_errors_of_many_are_named_by_index(programme):
    good = {"movie": programme.film, "room": programme.room, "starts_at": EVENING + timedelta(days=1)}
    rows = [good, {**good, "starts_at": EVENING.replace(year=2020)}, {**good, "movie": MovieFactory(runtime=None)}]
    assert error_of(lambda: scheduling.schedule_many(rows)).message_dict == {
        "1.starts_at": ["This is in the past."],
        "2.ends_at": ["The runtime of the film is not known, so say when the session ends."],
    }
    deleted = Room(pk=10**9)
    messages = error_of(lambda: scheduling.schedule_many([good, {**good, "room": deleted}])).message_dict
    assert messages == {"1.room": ["There is no such room."]}
    assert MovieSession.objects.count() == 1


def test_all_clashes_with_the_programme_are_named(programme):
    good = {"movie": programme.film, "room": programme.room, "starts_at": EVENING + timedelta(days=1)}
    SessionFactory(room=programme.room, starts_at=EVENING + timedelta(days=2))
    rows = [good, *({**good, "starts_at": EVENING + timedelta(days=days)} for days in (2, 3, 0))]
    error = error_of(lambda: scheduling.schedule_many(rows))
    assert [field for field, _ in error.errors] == ["1.starts_at", "3.starts_at"]
    assert error.details["free_slots"][0]["starts_at"] == "2087-03-06T20:10:00Z"
    assert MovieSession.objects.count() == 2


def test_clashes_between_rows_are_named_by_the_later_row(programme):
    good = {"movie": programme.film, "room": programme.room}
    begins = [300, 100, 30, 60, 130]
    rows = [{**good, "starts_at": EVENING + timedelta(days=1, minutes=minutes)} for minutes in begins]
    rows[1]["room"] = RoomFactory()
    rows[2]["ends_at"] = EVENING + timedelta(days=1, minutes=200)
    error = error_of(lambda: scheduling.schedule_many(rows))
    assert [field for field, _ in error.errors] == ["3.starts_at", "4.starts_at"]
    assert "“Brazil” (another of those sent) begins Wed 05 Mar 2087, 18:30, until 21:20" in error.errors[0].message
    assert error.details["clashing_session"]["id"] is None
    assert MovieSession.objects.count() == 1


@pytest.mark.parametrize("number", [0, 501])
def test_the_number_at_once_is_limited(programme, number):
    row = {"movie": programme.film, "room": programme.room, "starts_at": EVENING}
    assert error_of(lambda: scheduling.schedule_many([row] * number)).messages == ["Send 1 to 500 at once."]
