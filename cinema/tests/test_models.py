"""Constraints of the database, whichever code writes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.models import MovieSession, Purchase, Room, Scan, Seat, Ticket
from cinema.tests.factories import HeldTicketFactory, PurchaseFactory, RoomFactory, SessionFactory, TicketFactory
from common.database.constraints import violated_name

pytestmark = pytest.mark.django_db


@transaction.atomic
def write_with_constraints(write) -> None:
    write()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def violates(constraint: str, write) -> bool:
    with pytest.raises(IntegrityError) as caught:
        write_with_constraints(write)
    return violated_name(caught.value) == constraint


def test_sessions_in_a_room_never_overlap_turnaround_included():
    first = SessionFactory()
    again = {"room": first.room}
    assert violates("session_room_taken", lambda: SessionFactory(**again, starts_at=first.starts_at))
    before = {"starts_at": first.starts_at - timedelta(minutes=129), "ends_at": first.starts_at - timedelta(minutes=14)}
    assert violates("session_room_taken", lambda: SessionFactory(**again, **before))
    assert violates(
        "session_room_taken", lambda: SessionFactory(**again, starts_at=first.room_free_at - timedelta(seconds=1))
    )
    SessionFactory(**again, starts_at=first.room_free_at)
    SessionFactory(
        **again, starts_at=first.starts_at - timedelta(minutes=130), ends_at=first.starts_at - timedelta(minutes=15)
    )
    SessionFactory(starts_at=first.starts_at)


def test_a_move_is_one_of_the_revisions():
    SessionFactory(revision=2, moved_revision=2)
    assert violates("session_move_is_a_revision", lambda: SessionFactory(revision=1, moved_revision=2))


def test_a_draft_occupies_its_room_and_a_cancelled_session_does_not():
    cancelled = SessionFactory(cancelled_at=timezone.now())
    draft = SessionFactory(room=cancelled.room, starts_at=cancelled.starts_at, published=False)
    assert violates("session_room_taken", lambda: SessionFactory(room=draft.room, starts_at=draft.starts_at))


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("session_ends_after_it_starts", {"ends_at": timedelta(0)}),
        ("session_at_most_a_day", {"ends_at": timedelta(hours=24, seconds=1)}),
    ],
)
def test_a_session_ends_after_it_starts_and_within_a_day(constraint, changes):
    start = timezone.now() + timedelta(days=9)
    assert violates(
        constraint,
        lambda: SessionFactory(
            starts_at=start,
            ends_at=start + changes["ends_at"],
            room_free_at=start + changes["ends_at"] + timedelta(hours=1),
        ),
    )


def test_a_room_is_not_free_before_the_session_ends():
    session = SessionFactory()
    early = MovieSession.objects.filter(pk=session.pk)
    assert violates(
        "session_room_free_after_its_end", lambda: early.update(room_free_at=session.ends_at - timedelta(seconds=1))
    )


def test_a_seat_has_at_most_one_live_ticket_or_hold():
    ticket = TicketFactory()
    again = {"session": ticket.session, "seat": ticket.seat}
    assert violates("ticket_one_live_per_seat", lambda: TicketFactory(**again))
    assert violates("ticket_one_live_per_seat", lambda: HeldTicketFactory(**again))
    Ticket.objects.filter(pk=ticket.pk).update(cancelled_at=timezone.now())
    held = HeldTicketFactory(**again)
    assert violates("ticket_one_live_per_seat", lambda: TicketFactory(**again))
    # Expired holds too: the next customer takes over the row, so that no cleanup is needed.
    Ticket.objects.filter(pk=held.pk).update(held_until=timezone.now() - timedelta(hours=1))
    assert violates("ticket_one_live_per_seat", lambda: TicketFactory(**again))
    TicketFactory(session=SessionFactory(room=ticket.room, starts_at=ticket.session.room_free_at), seat=ticket.seat)


def test_a_seat_is_in_the_room_of_its_session():
    ticket = TicketFactory()
    elsewhere = RoomFactory()
    rows = Ticket.objects.filter(pk=ticket.pk)
    assert violates("ticket_seat_in_room", lambda: rows.update(seat=elsewhere.seats.first()))
    assert violates("ticket_session_in_room", lambda: rows.update(seat=elsewhere.seats.first(), room=elsewhere))
    assert violates(
        "ticket_session_in_room", lambda: MovieSession.objects.filter(pk=ticket.session_id).update(room=elsewhere)
    )
    with transaction.atomic():
        MovieSession.objects.filter(pk=ticket.session_id).update(room=elsewhere)
        rows.update(room=elsewhere, seat=elsewhere.seats.first())


NOW = timezone.now()


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("ticket_held_or_purchased", {"held_until": NOW}),
        ("ticket_held_or_purchased", {"purchased_at": None}),
        ("ticket_used_was_purchased_and_is_valid", {"purchased_at": None, "held_until": NOW, "used_at": NOW}),
        ("ticket_used_was_purchased_and_is_valid", {"used_at": NOW, "cancelled_at": NOW}),
        ("ticket_cancelled_was_purchased", {"purchased_at": None, "held_until": NOW, "cancelled_at": NOW}),
    ],
)
def test_the_states_of_a_ticket_exclude_each_other(constraint, changes):
    ticket = TicketFactory()
    assert violates(constraint, lambda: Ticket.objects.filter(pk=ticket.pk).update(**changes))


@pytest.mark.parametrize("changes", [{"age_checked": 0}, {"age_checked": 16, "confirmed_at": None}])
def test_an_age_is_checked_when_tickets_are_sold(changes):
    purchase = PurchaseFactory()
    rows = Purchase.objects.filter(pk=purchase.pk)
    rows.update(age_checked=16)
    assert violates("purchase_age_is_checked_at_the_sale", lambda: rows.update(**changes))


def test_a_code_belongs_to_one_ticket():
    assert violates("ticket_code_unique", lambda: TicketFactory(code=TicketFactory().code))


def test_no_two_seats_share_a_label_or_a_place_and_seats_can_swap_places():
    first, second = RoomFactory(plan__rows=1, plan__seats_per_row=2).seats.all()
    twin = {"room": first.room, "row": first.row, "number": first.number}
    assert violates("seat_one_per_row_and_number", lambda: Seat.objects.create(**twin, line=9, column=9))
    assert violates("seat_one_in_a_place", lambda: Seat.objects.create(**twin | {"number": 9}, line=0, column=0))
    Seat.objects.create(**twin | {"number": 9}, line=0, column=0, in_use=False)
    with transaction.atomic():
        Seat.objects.filter(pk=first.pk).update(column=second.column)
        Seat.objects.filter(pk=second.pk).update(column=first.column)


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("seat_row_is_letters", {"row": "a"}),
        ("seat_row_is_letters", {"row": ""}),
        ("seat_number_from_1_to_99", {"number": 0}),
        ("seat_kind_known", {"kind": "unknown"}),
    ],
)
def test_a_seat_has_a_valid_row_number_and_kind(constraint, changes):
    room = RoomFactory(plan__rows=0)
    row = {"room": room, "row": "A", "number": 1, "line": 0, "column": 0} | changes
    assert violates(constraint, lambda: Seat.objects.create(**row))


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("room_number_from_1_to_999", {"number": 0}),
        ("room_number_from_1_to_999", {"number": 1000}),
        ("room_turnaround_at_most_4_hours", {"turnaround_minutes": 241}),
    ],
)
def test_a_room_has_a_valid_number_and_turnaround(constraint, changes):
    assert violates(constraint, lambda: Room.objects.create(**{"number": 7} | changes))


def test_room_numbers_are_unique():
    assert violates("room_number_unique", lambda: RoomFactory(number=RoomFactory().number))


def test_refused_scans_have_a_reason_and_nonces_are_unique():
    ticket = TicketFactory()
    by = UserFactory()
    scan = {"ticket": ticket, "code": ticket.code, "scanned_at": NOW, "by": by}
    assert violates("scan_refused_says_why", lambda: Scan.objects.create(**scan, outcome="refused"))
    assert violates("scan_refused_says_why", lambda: Scan.objects.create(**scan, outcome="admitted", reason="why"))
    assert violates("scan_outcome_known", lambda: Scan.objects.create(**scan, outcome="perhaps"))
    assert violates(
        "scan_unknown_code_is_refused", lambda: Scan.objects.create(**scan | {"ticket": None}, outcome="admitted")
    )
    nonce = "00000000-0000-4000-8000-000000000001"
    Scan.objects.create(**scan, outcome="admitted", nonce=nonce)
    assert violates("scan_nonce_once", lambda: Scan.objects.create(**scan, outcome="admitted", nonce=nonce))
    Scan.objects.create(**scan | {"by": UserFactory()}, outcome="admitted", nonce=nonce)


def test_texts_of_the_models():
    ticket = TicketFactory(session__starts_at=NOW.replace(year=2087, month=3, day=4, hour=20, minute=15))
    assert str(ticket.seat) == "A1"
    assert str(ticket.session).endswith("Tue 04 Mar 2087, 20:15")
    assert (str(Room(number=3)), str(Room(number=3, name="Blue Room"))) == ("Room 3", "Blue Room")
    assert str(ticket) == ticket.code
    assert str(ticket.purchase) == str(ticket.purchase_id)
    assert str(Scan(code="X", outcome="refused")) == "X refused"
