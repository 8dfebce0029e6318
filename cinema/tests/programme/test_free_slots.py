from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from django.utils import timezone

from cinema.programme import free_slots
from cinema.tests.factories import RoomFactory, SessionFactory

NOON = datetime(2087, 3, 4, 12, tzinfo=UTC)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def slot_starts(occupied, length, turnaround, after=0, number=3):
    rows = [(at(begin), at(end)) for begin, end in occupied]
    generated = free_slots.generate(rows, timedelta(minutes=length), timedelta(minutes=turnaround), at(after))
    slots = list(islice(generated, number))
    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=length) for slot in slots)
    return [(slot.starts_at - NOON) // timedelta(minutes=1) for slot in slots]


@pytest.mark.parametrize(
    ("occupied", "length", "turnaround", "expected"),
    [
        # An empty room: one after another.
        ([], 100, 15, [0, 115, 230]),
        ([], 60, 0, [0, 60, 120]),
        # A gap that is just long enough, and one that is a minute too short.
        ([(-60, 60), (160, 300)], 85, 15, [60, 300, 400]),
        ([(-60, 60), (159, 300)], 85, 15, [300, 400, 500]),
        # Several fit into one gap.
        ([(0, 60), (300, 400)], 100, 20, [60, 180, 400]),
        # No slot begins off the step of five minutes, and rounding does not make it overlap the next session.
        ([(0, 61)], 30, 12, [65, 110, 155]),
        ([(0, 61), (105, 200)], 30, 12, [200, 245, 290]),
        # Sessions one after the other without a gap.
        ([(0, 100), (100, 200)], 10, 5, [200, 215, 230]),
    ],
)
def test_slots(occupied, length, turnaround, expected):
    assert slot_starts(occupied, length, turnaround) == expected


def test_slots_begin_on_the_next_step():
    assert slot_starts([], 60, 15, after=1) == [5, 80, 155]
    assert slot_starts([], 60, 15, after=-2) == [0, 75, 150]
    assert slot_starts([], 60, 15, after=5, number=1) == [5]


@pytest.mark.django_db
def test_only_sessions_in_the_room_count(django_assert_num_queries):
    room = RoomFactory(turnaround_minutes=20)

    def session(begin, end, **more):
        times = {"starts_at": at(begin), "ends_at": at(end), "room_free_at": at(end + 20)}
        return SessionFactory(**{"room": room, **times, **more})

    session(-300, -100)
    running = session(-60, 60)
    session(200, 300, published=False)
    session(90, 150, cancelled_at=timezone.now())
    session(90, 150, room=RoomFactory())
    with django_assert_num_queries(1):
        found = free_slots.find(room, timedelta(minutes=90), NOON, number=2)
    assert [(slot.starts_at, slot.ends_at) for slot in found] == [(at(80), at(170)), (at(320), at(410))]
    found = free_slots.find(room, timedelta(minutes=90), NOON, number=1, without=running.pk)
    assert found == [free_slots.Slot(at(0), at(90))]
