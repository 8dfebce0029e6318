"""Scheduling, moving and cancelling at the same time, each on a connection of its own."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.http import Http404

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.core import locks
from cinema.models import MovieSession, Room, Ticket
from cinema.programme import removal, scheduling
from cinema.tests.factories import RoomFactory, SessionFactory
from common.errors import Conflict
from movies.catalogue import editing
from movies.models import Movie
from movies.queries.films import catalogue_films
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db(transaction=True)

EVENING = datetime(2087, 3, 4, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MANAGERS = 60


def outcomes(answers):
    return sorted(getattr(answer, "code", "") for answer in answers)


def overlapping_sessions():
    """Return pairs of sessions that overlap in one room."""
    rows = list(MovieSession.objects.filter(cancelled_at=None).order_by("room", "starts_at"))
    return [
        (one, two)
        for at, one in enumerate(rows)
        for two in rows[at + 1 :]
        if one.room_id == two.room_id and two.starts_at < one.room_free_at
    ]


def schedule_all_at_once():
    film, room = MovieFactory(runtime=60), RoomFactory()
    times = [EVENING + minutes * MINUTE for minutes in range(MANAGERS)]
    return at_once([lambda start=start: scheduling.schedule(film, room, start) for start in times])


def test_of_sixty_a_minute_apart_exactly_one_gets_the_room():
    answers = schedule_all_at_once()
    made = MovieSession.objects.get()
    assert answers.count(made) == 1
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert {answer.details["clashing_session"]["id"] for answer in refused} == {made.pk}
    assert len(refused) == MANAGERS - 1
    assert Movie.objects.get().showing_until == made.starts_at


@pytest.fixture
def _no_constraint(transactional_db):
    """Drop the constraint, so that sessions may overlap, and add it again afterwards."""
    constraint = next(one for one in MovieSession._meta.constraints if one.name == "session_room_taken")
    with connection.schema_editor() as editor:
        editor.remove_constraint(MovieSession, constraint)
    yield
    MovieSession.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(MovieSession, constraint)


@pytest.mark.usefixtures("_no_constraint")
def test_control_without_the_constraint_they_overlap():
    """The control: only the constraint refuses."""
    answers = schedule_all_at_once()
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert len(overlapping_sessions()) > 1


def schedule_in_opposite_orders():
    film, rooms = MovieFactory(runtime=60), [RoomFactory(), RoomFactory()]
    days = [EVENING + timedelta(days=day) for day in range(20)]
    rows = [{"movie": film, "room": room, "starts_at": day} for room in rooms for day in days]
    # The two orders meet only in the middle, so that both have written much by then.
    return at_once([lambda: scheduling.schedule_many(rows), lambda: scheduling.schedule_many(rows[::-1])] * 4)


def test_programmes_that_clash_are_written_whole_or_not_at_all():
    answers = schedule_in_opposite_orders()
    assert outcomes(answers) == [""] + ["room_taken"] * 7
    assert MovieSession.objects.count() == 40
    assert overlapping_sessions() == []


def test_control_without_locks_on_the_rooms_there_is_a_deadlock(monkeypatch):
    """The control: the constraint alone prevents overlaps, but one of the two gets no helpful answer."""
    film, room = MovieFactory(runtime=60), RoomFactory()
    rows = [{"movie": film, "room": room, "starts_at": EVENING + timedelta(days=day)} for day in range(2)]
    each_has_one = threading.Barrier(2)

    def one_by_one(sessions):
        sessions[0].save()
        each_has_one.wait(60)
        sessions[1].save()

    monkeypatch.setattr(locks, "lock_rooms", lambda pks: Room.objects.in_bulk(list(pks)))
    monkeypatch.setattr(MovieSession.objects, "bulk_create", one_by_one)
    answers = at_once([lambda: scheduling.schedule_many(rows), lambda: scheduling.schedule_many(rows[::-1])])
    assert [str(answer).splitlines()[0] for answer in answers if isinstance(answer, DatabaseError)] == [
        "deadlock detected"
    ]
    assert overlapping_sessions() == []


def test_two_sessions_that_swap_times_never_overlap():
    one = SessionFactory(starts_at=EVENING)
    two = SessionFactory(room=one.room, starts_at=EVENING + 5 * 60 * MINUTE)
    free = EVENING + 10 * 60 * MINUTE
    with pytest.raises(Conflict):
        scheduling.change_session(one.pk, {"starts_at": two.starts_at})
    moves = [(one, two.starts_at), (two, one.starts_at), (one, free), (two, free)] * 2
    answers = at_once(
        [lambda move=move: scheduling.change_session(move[0].pk, {"starts_at": move[1]}) for move in moves]
    )
    # In a lucky order each finds its time free.
    assert "" in outcomes(answers)
    assert set(outcomes(answers)) <= {"", "room_taken"}
    assert overlapping_sessions() == []


def test_a_session_moved_to_two_rooms_at_once_is_in_one_with_its_tickets():
    session, rooms = SessionFactory(starts_at=EVENING), [RoomFactory(), RoomFactory()]
    purchases.buy(session.pk, UserFactory(), seats=["A1", "A2"])
    answers = at_once([lambda room=room: scheduling.change_session(session.pk, {"room": room}) for room in rooms * 3])
    assert set(outcomes(answers)) <= {"", "conflict"}
    session.refresh_from_db()
    assert session.room in rooms
    assert session.revision == sum(isinstance(answer, MovieSession) for answer in answers) - unchanged(answers, session)
    assert {ticket.seat.room for ticket in Ticket.objects.select_related("seat__room")} == {session.room}


def unchanged(answers, session):
    """Return how many found the session in their room already."""
    revisions = [answer.revision for answer in answers if isinstance(answer, MovieSession)]
    return len(revisions) - len(set(revisions))


def test_a_session_is_sold_or_deleted_never_both():
    manager = ManagerFactory()
    for _ in range(6):
        session, buyers = SessionFactory(), [UserFactory(), UserFactory()]
        acts = [lambda buyer=buyer, session=session: purchases.buy(session.pk, buyer, quantity=1) for buyer in buyers]
        *bought, removed = at_once([*acts, lambda session=session: removal.remove_session(session.pk, manager)])
        sold = [answer for answer in bought if not isinstance(answer, Exception)]
        assert all(isinstance(answer, Http404) for answer in bought if answer not in sold)
        if sold:
            assert removed.code == "has_tickets"
        else:
            assert removed is None
        assert MovieSession.objects.filter(pk=session.pk).exists() == bool(sold)
        assert Ticket.objects.filter(session=session.pk, cancelled_at=None).count() == len(sold)


def test_a_session_that_is_cancelled_has_no_live_ticket():
    manager = ManagerFactory()
    for _ in range(6):
        session, buyers = SessionFactory(), [UserFactory() for _ in range(4)]
        purchases.buy(session.pk, manager, quantity=1)
        acts = [lambda buyer=buyer, session=session: purchases.buy(session.pk, buyer, quantity=1) for buyer in buyers]
        *bought, removed = at_once(
            [*acts, lambda session=session: removal.remove_session(session.pk, manager, cancel_tickets=True)]
        )
        assert removed is None
        assert set(outcomes(bought)) <= {"", "session_started"}
        assert not Ticket.objects.filter(session=session.pk, cancelled_at=None).exists()


def test_a_ticket_is_always_for_the_room_of_its_session():
    session = SessionFactory(starts_at=EVENING)
    rooms, buyers = [session.room, RoomFactory()], [UserFactory() for _ in range(6)]
    acts = [lambda buyer=buyer: purchases.buy(session.pk, buyer, quantity=1) for buyer in buyers]
    answers = at_once(
        [*acts, *(lambda room=room: scheduling.change_session(session.pk, {"room": room}) for room in rooms[::-1])]
    )
    assert set(outcomes(answers)) <= {"", "conflict"}
    session.refresh_from_db()
    tickets = Ticket.objects.select_related("seat")
    assert len(tickets) == 6
    assert {(ticket.room_id, ticket.seat.room_id) for ticket in tickets} == {(session.room_id, session.room_id)}


def test_showing_until_is_right_after_many_changes_at_once():
    film, manager = MovieFactory(), ManagerFactory()
    sessions = [SessionFactory(movie=film, starts_at=EVENING + timedelta(days=day)) for day in range(6)]
    later = [EVENING + timedelta(days=100 + day) for day in range(3)]
    acts = [lambda session=session: removal.remove_session(session.pk, manager) for session in sessions[:3]]
    acts += [
        lambda s=s, to=to: scheduling.change_session(s.pk, {"starts_at": to})
        for s, to in zip(sessions[3:], later, strict=True)
    ]
    acts += [
        lambda: scheduling.schedule(film, RoomFactory(), EVENING),
        lambda: scheduling.change_session(sessions[4].pk, {"published": False}),
    ]
    assert not [answer for answer in at_once(acts) if isinstance(answer, Exception)]
    assert Movie.objects.get(pk=film.pk).showing_until == later[2]


def test_a_film_is_scheduled_or_deleted_never_both():
    for _ in range(6):
        film, room = MovieFactory(), RoomFactory()
        made, deleted = at_once(
            [
                lambda film=film, room=room: scheduling.schedule(film, room, EVENING),
                lambda film=film: editing.delete_film(film),
            ]
        )
        if isinstance(made, ValidationError):
            assert made.message_dict == {"movie": ["There is no such film."]}
            assert deleted is None
        else:
            assert type(deleted).__name__ == "ProtectedError"
        assert catalogue_films().filter(pk=film.pk).exists() == isinstance(made, MovieSession)
