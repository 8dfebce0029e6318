import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.core import locks
from cinema.models import LONGEST_SESSION, MovieSession, Room
from cinema.programme import planning, removal, scheduling
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from common.errors import Conflict
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

# Behind every clock of a test run, and before the clocks change.
EVENING = datetime(2087, 3, 4, 18, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def programme():
    """The Blue Room, in which “Alien” runs from 18:00 to 20:00, and is free again from 20:15; and another film."""
    room = RoomFactory(name="Blue Room")
    alien = MovieFactory(title="Alien", runtime=105)
    session = SessionFactory(movie=alien, room=room, starts_at=EVENING, ends_at=EVENING + 120 * MINUTES)
    return SimpleNamespace(room=room, session=session, film=MovieFactory(title="Brazil", runtime=75))


def refusal(act):
    with pytest.raises((Conflict, ValidationError)) as caught:
        act()
    connection.check_constraints()
    return caught.value


def in_words(conflict):
    return conflict.code, [tuple(error) for error in conflict.errors]


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


def test_an_end_that_is_given_is_kept_and_a_draft_is_one():
    film = MovieFactory(runtime=None)
    made = scheduling.schedule(
        film, RoomFactory(), EVENING, EVENING + timedelta(minutes=30, seconds=8), published=False
    )
    assert (made.ends_at, made.published) == (EVENING + 30 * MINUTES, False)


def test_a_session_may_last_a_day_and_begin_this_minute_but_not_before():
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
def test_what_makes_no_session(film, times, field, message):
    movie, room = MovieFactory(**film), RoomFactory()
    assert refusal(lambda: scheduling.schedule(movie, room, *times)).message_dict == {field: [message]}
    assert not MovieSession.objects.exists()


def test_a_private_film_is_not_shown():
    mine = MovieFactory(tmdb_id=None, owner=UserFactory())
    said = refusal(lambda: scheduling.schedule(mine, RoomFactory(), EVENING)).message_dict
    assert said == {"movie": ["Only films of the catalogue are shown; this one is private."]}


def test_a_room_or_a_film_that_was_just_deleted_is_not_there():
    room, film = RoomFactory(), MovieFactory()
    gone = Room.objects.get(pk=room.pk)
    room.delete()
    said = refusal(lambda: scheduling.schedule(film, gone, EVENING)).message_dict
    assert said == {"room": ["There is no such room."]}
    lost = type(film).objects.get(pk=film.pk)
    film.delete()
    with pytest.raises(ValidationError) as caught:
        scheduling.schedule(lost, RoomFactory(), EVENING)
    assert caught.value.message_dict == {"movie": ["There is no such film."]}
    rows = [
        {"movie": MovieFactory(), "room": RoomFactory(), "starts_at": EVENING},
        {"movie": lost, "room": RoomFactory(), "starts_at": EVENING},
    ]
    assert refusal(lambda: scheduling.schedule_many(rows)).message_dict == {"1.movie": ["There is no such film."]}
    assert not MovieSession.objects.exists()


def test_a_taken_room_says_who_has_it_and_when_it_is_free(programme, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    error = refusal(lambda: scheduling.schedule(programme.film, programme.room, EVENING + 60 * MINUTES))
    session = programme.session
    sentence = (
        f"Blue Room is taken: “Alien” (session {session.pk}) begins Tue 04 Mar 2087, 19:00, until 21:00, "
        "and the room is free 15 minutes later, from 21:15."
    )
    assert in_words(error) == ("room_taken", [("starts_at", sentence)])
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
    # What is said to be free is free.
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
        assert refusal(act).details["clashing_session"]["id"] == programme.session.pk
    assert MovieSession.objects.count() == 1 + is_free


def test_without_a_turnaround_nothing_is_said_of_it(programme):
    MovieSession.objects.update(room_free_at=programme.session.ends_at)
    error = refusal(lambda: scheduling.schedule(programme.film, programme.room, EVENING))
    assert "until 20:00. Next free" in error.message


def test_a_cancelled_session_leaves_its_room_and_a_draft_does_not(programme):
    MovieSession.objects.update(published=False)
    refusal(lambda: scheduling.schedule(programme.film, programme.room, EVENING))
    MovieSession.objects.update(cancelled_at=timezone.now())
    scheduling.schedule(programme.film, programme.room, EVENING)


def test_another_broken_constraint_is_not_taken_for_a_taken_room(programme, monkeypatch):
    monkeypatch.setattr(
        planning,
        "plan_session",
        lambda *given: SimpleNamespace(
            room=programme.room,
            build_session=lambda room: MovieSession(
                movie=programme.film, room=room, starts_at=EVENING, ends_at=EVENING, room_free_at=EVENING
            ),
        ),
    )
    with pytest.raises(IntegrityError, match="session_ends_after_it_starts"):
        scheduling.schedule(programme.film, programme.room, EVENING)


def test_many_are_made_in_their_order_by_a_few_statements(programme, django_assert_num_queries):
    film, rooms = programme.film, [RoomFactory(), programme.room]

    def row(room, days):
        return {"movie": film, "room": room, "starts_at": EVENING + timedelta(days=days)}

    rows = [
        row(rooms[0], 2),
        row(rooms[1], 1),
        {**row(rooms[0], 1), "published": False, "ends_at": EVENING + timedelta(days=1, hours=1)},
    ]
    with django_assert_num_queries(10):  # two of them: whether the film is on already, and who waits for it
        made = scheduling.schedule_many(rows)
    assert [(one.room, one.starts_at, one.published) for one in made] == [
        (rooms[0], EVENING + timedelta(days=2), True),
        (rooms[1], EVENING + timedelta(days=1), True),
        (rooms[0], EVENING + timedelta(days=1), False),
    ]
    with django_assert_num_queries(8):  # the film is on already, and shown until then
        scheduling.schedule_many([row(room, days) for room in rooms for days in range(-150, -100)])


def test_errors_of_many_are_named_by_index_and_nothing_is_made(programme):
    good = {"movie": programme.film, "room": programme.room, "starts_at": EVENING + timedelta(days=1)}
    rows = [good, {**good, "starts_at": EVENING.replace(year=2020)}, {**good, "movie": MovieFactory(runtime=None)}]
    assert refusal(lambda: scheduling.schedule_many(rows)).message_dict == {
        "1.starts_at": ["This is in the past."],
        "2.ends_at": ["The runtime of the film is not known, so say when the session ends."],
    }
    gone = Room(pk=10**9)
    said = refusal(lambda: scheduling.schedule_many([good, {**good, "room": gone}])).message_dict
    assert said == {"1.room": ["There is no such room."]}
    assert MovieSession.objects.count() == 1


def test_many_that_meet_the_programme_are_all_named(programme):
    good = {"movie": programme.film, "room": programme.room, "starts_at": EVENING + timedelta(days=1)}
    SessionFactory(room=programme.room, starts_at=EVENING + timedelta(days=2))
    rows = [good, *({**good, "starts_at": EVENING + timedelta(days=days)} for days in (2, 3, 0))]
    error = refusal(lambda: scheduling.schedule_many(rows))
    assert [field for field, _ in error.errors] == ["1.starts_at", "3.starts_at"]
    assert error.details["free_slots"][0]["starts_at"] == "2087-03-06T20:10:00Z"
    assert MovieSession.objects.count() == 2


def test_many_that_meet_one_another_are_named_by_the_later_row(programme):
    good = {"movie": programme.film, "room": programme.room}
    begins = [300, 100, 30, 60, 130]
    rows = [{**good, "starts_at": EVENING + timedelta(days=1, minutes=minutes)} for minutes in begins]
    rows[1]["room"] = RoomFactory()
    rows[2]["ends_at"] = EVENING + timedelta(days=1, minutes=200)
    error = refusal(lambda: scheduling.schedule_many(rows))
    assert [field for field, _ in error.errors] == ["3.starts_at", "4.starts_at"]
    assert "“Brazil” (another of those sent) begins Wed 05 Mar 2087, 18:30, until 21:20" in error.errors[0].message
    assert error.details["clashing_session"]["id"] is None
    assert MovieSession.objects.count() == 1


@pytest.mark.parametrize("number", [0, 501])
def test_how_many_at_once(programme, number):
    row = {"movie": programme.film, "room": programme.room, "starts_at": EVENING}
    assert refusal(lambda: scheduling.schedule_many([row] * number)).messages == ["Send 1 to 500 at once."]


def changed(session, **changes):
    scheduling.change_session(session.pk, changes)
    connection.check_constraints()
    session.refresh_from_db()
    return session


def test_a_new_start_keeps_the_length_and_the_tickets(programme):
    ticket, held = (kind(session=programme.session) for kind in (TicketFactory, HeldTicketFactory))
    session = changed(programme.session, starts_at=EVENING + timedelta(minutes=30, seconds=4))
    assert (session.starts_at, session.ends_at) == (EVENING + 30 * MINUTES, EVENING + 150 * MINUTES)
    assert (session.room_free_at, session.revision) == (EVENING + 165 * MINUTES, 1)
    assert set(session.tickets.all()) == {ticket, held}


def test_an_end_can_be_said_or_be_that_of_the_film(programme):
    session = changed(programme.session, ends_at=EVENING + 60 * MINUTES)
    assert (session.starts_at, session.ends_at, session.revision) == (EVENING, EVENING + 60 * MINUTES, 1)
    session = changed(session, ends_at=None)
    assert (session.ends_at, session.room_free_at) == (EVENING + 120 * MINUTES, EVENING + 135 * MINUTES)


def test_what_does_not_differ_is_not_written(programme, django_assert_num_queries):
    session = programme.session
    same = {"starts_at": EVENING, "ends_at": session.ends_at, "room": session.room, "published": True}
    with django_assert_num_queries(5):
        scheduling.change_session(session.pk, same)
    assert changed(session).revision == 0


def test_in_another_room_its_turnaround_counts_and_tickets_go_along(programme):
    hall = RoomFactory(turnaround_minutes=40, plan__rows=3)
    ticket = TicketFactory(session=programme.session, seat=programme.room.seats.get(row="B", number=3))
    gone = TicketFactory(session=programme.session, cancelled_at=timezone.now())
    session = changed(programme.session, room=hall)
    assert (session.room, session.room_free_at, session.revision) == (hall, EVENING + 160 * MINUTES, 1)
    for row, label in ((ticket, "B3"), (gone, "A1")):
        row.refresh_from_db()
        assert (row.room, row.seat.room, row.seat.label) == (hall, hall, label)


def test_a_room_without_those_seats_is_refused(programme):
    small = RoomFactory(plan__rows=1)
    ticket = TicketFactory(session=programme.session, seat=programme.room.seats.get(row="B", number=3))
    error = refusal(lambda: scheduling.change_session(programme.session.pk, {"room": small}))
    assert error.code == "seats_lost"
    programme.session.refresh_from_db()
    assert (programme.session.room, programme.session.revision) == (programme.room, 0)
    ticket.refresh_from_db()
    assert ticket.room == programme.room


def test_a_move_into_another_session_is_refused_and_does_not_meet_itself(programme):
    other = SessionFactory(room=programme.room, starts_at=EVENING + 300 * MINUTES)
    changed(programme.session, starts_at=EVENING + 60 * MINUTES)
    error = refusal(lambda: scheduling.change_session(programme.session.pk, {"starts_at": EVENING + 240 * MINUTES}))
    assert in_words(error)[0] == "room_taken"
    assert error.details["clashing_session"]["id"] == other.pk
    # The whole evening until the other one is its own.
    error = refusal(lambda: scheduling.change_session(other.pk, {"starts_at": EVENING + 60 * MINUTES}))
    assert error.details["free_slots"][0]["starts_at"] == "2087-03-04T21:15:00Z"
    assert programme.session.revision == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": EVENING.replace(year=2020)}, "starts_at"),
        ({"ends_at": EVENING}, "ends_at"),
        ({"ends_at": EVENING + timedelta(days=2)}, "ends_at"),
        ({"starts_at": EVENING + timedelta(days=1), "ends_at": EVENING}, "ends_at"),
        ({"room": Room(pk=10**9)}, "room"),
        ({"movie": 1}, "movie"),
    ],
)
def test_what_no_session_can_become(programme, changes, field):
    assert list(refusal(lambda: scheduling.change_session(programme.session.pk, changes)).message_dict) == [field]


def test_a_session_that_somebody_just_moved_elsewhere_stays_there(programme, monkeypatch):
    queue, elsewhere = locks.lock_rooms, RoomFactory()

    def meanwhile(pks):
        MovieSession.objects.filter(pk=programme.session.pk).update(room=elsewhere)
        return queue(pks)

    monkeypatch.setattr(locks, "lock_rooms", meanwhile)
    error = refusal(lambda: scheduling.change_session(programme.session.pk, {"starts_at": EVENING + 60 * MINUTES}))
    assert error.code == "conflict"
    assert error.message == "Another manager has just moved this session to another room. Try again."


def test_a_session_that_is_not_there(programme):
    with pytest.raises(Http404):
        scheduling.change_session(programme.session.pk + 1, {})


SETTLED = [
    (
        {"starts_at": timezone.now() - 3 * MINUTES, "ends_at": timezone.now() + timedelta(hours=9)},
        r"This session began at \d\d:\d\d\.",
    ),
    ({"starts_at": timezone.now() - 300 * MINUTES}, r"This session is over\."),
    ({"cancelled_at": timezone.now()}, r"This session was cancelled\."),
]


@pytest.mark.parametrize(("state", "message"), SETTLED)
def test_what_has_begun_or_was_cancelled_stays_as_it_is(state, message):
    session = SessionFactory(**state)
    manager = UserFactory()
    for act in (
        lambda: scheduling.change_session(session.pk, {"published": False}),
        lambda: scheduling.change_session(session.pk, {}),
        lambda: removal.remove_session(session.pk, manager, cancel_tickets=True),
    ):
        error = refusal(act)
        assert error.code == "session_started"
        assert re.fullmatch(message, error.message)


def test_a_draft_is_published_and_taken_back_until_tickets_are_sold(programme):
    session = changed(programme.session, published=False)
    assert (session.published, session.revision) == (False, 0)
    session = changed(session, published=True)
    HeldTicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=timezone.now())
    session = changed(session, published=False)
    session = changed(session, published=True)
    TicketFactory(session=session)
    error = refusal(lambda: scheduling.change_session(session.pk, {"published": False}))
    assert error.code == "has_tickets"
    assert changed(session, published=True).published
