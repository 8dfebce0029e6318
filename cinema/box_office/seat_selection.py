"""From what somebody asks for ("A1 and A2", or "two of the best") to seats that are theirs."""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q

from cinema.box_office.best_seats import Place, choose_best
from cinema.box_office.seat_claims import claim
from cinema.models import MovieSession, Purchase, Seat
from cinema.queries.seats import load_seats
from common.errors import Code, Conflict, FieldError

LABEL = re.compile(r"[A-Z]{1,2}[1-9][0-9]?")
TRIES = 20

# Whoever wants the best seats of a session chooses after those before have: else all would choose the same ones.
TRY_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended('cinema.best_seats', %s))"
WAIT_FOR_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('cinema.best_seats', %s))"


@dataclass(frozen=True)
class SeatRequest:
    """Either `labels`, as they are printed, or a `quantity`."""

    labels: tuple[str, ...] = ()
    quantity: int = 0

    @property
    def count(self) -> int:
        return len(self.labels) or self.quantity


@dataclass(frozen=True)
class ClaimTimes:
    """What the seats become: held until then, or bought then."""

    held_until: datetime | None = None
    purchased_at: datetime | None = None


class SeatRaceLost(Exception):
    """Somebody took one of the seats between the choice and the statement."""


def wish(seats: Sequence[str] | None, quantity: int | None) -> SeatRequest:
    """ValidationError by field: seats, seats.0, seats.1, ..., or quantity."""
    if (seats is None) == (quantity is None):
        raise ValidationError({"seats": ["Name the seats, or say a quantity: one of the two."]})
    if seats is not None:
        return SeatRequest(labels=tuple(_clean_labels(seats)))
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise ValidationError({"quantity": ["Give a whole number from 1."]})
    if quantity > settings.TICKETS_PER_CUSTOMER:
        raise ValidationError({"quantity": [_too_many_text()]})
    return SeatRequest(quantity=quantity)


def _clean_labels(seats: Sequence[str]) -> list[str]:
    if not seats:
        raise ValidationError({"seats": ["Name at least one seat."]})
    if len(seats) > settings.TICKETS_PER_CUSTOMER:
        raise ValidationError({"seats": [_too_many_text()]})
    labels = [str(seat).strip().upper() for seat in seats]
    errors = {
        f"seats.{index}": [f"{label} is named twice."]
        for index, label in enumerate(labels)
        if label in labels[:index] and LABEL.fullmatch(label)
    }
    errors |= {
        f"seats.{i}": [_no_such_seat_text(label)] for i, label in enumerate(labels) if not LABEL.fullmatch(label)
    }
    if errors:
        raise ValidationError(errors)
    return labels


def _too_many_text() -> str:
    return f"At most {settings.TICKETS_PER_CUSTOMER} at once."


def _no_such_seat_text(label: str) -> str:
    return f"There is no seat {label} in this room." if LABEL.fullmatch(label) else "A seat is named like A1."


def fingerprint(act: str, session_id: int, user_id: int, wished: SeatRequest) -> str:
    """The same for two requests that ask for the same thing, in whatever order they name the seats."""
    asked = [act, session_id, user_id, sorted(wished.labels), wished.quantity]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def claim_seats(
    purchase: Purchase, session: MovieSession, wished: SeatRequest, until: ClaimTimes, own: Collection[int] = ()
) -> set[int]:
    """The ids of the seats, which are the purchase's from now on.

    `own`: seats that the same person holds and gives up. They count as free, and become the purchase's too, whether
    chosen or not, since each row must be locked in its turn; the caller lets go what was not chosen. Raises
    ValidationError for seats that are not there, Conflict (seat_taken, sold_out).
    """
    if wished.labels:
        return _claim_by_label(purchase, session, wished.labels, until, own)
    return _claim_best(purchase, session, wished.quantity, until, own)


def _claim_by_label(
    purchase: Purchase, session: MovieSession, labels: Sequence[str], until: ClaimTimes, own: Collection[int]
) -> set[int]:
    seats = _find_seats(session, labels)
    taken = claim(purchase, session.room_id, {*seats.values(), *own}, until.held_until, until.purchased_at)
    if missing := [label for label in labels if seats[label] not in taken]:
        raise _seat_taken_error(labels, missing)
    return set(seats.values())


def _find_seats(session: MovieSession, labels: Sequence[str]) -> dict[str, int]:
    """label -> id of the seat. The session is shared, so the room's plan stays as it is."""
    rows = {re.sub(r"\d", "", label) for label in labels}
    near = Seat.objects.filter(room=session.room_id, in_use=True, row__in=rows).only("row", "number")
    there = {seat.label: seat.pk for seat in near}
    if errors := {f"seats.{i}": [_no_such_seat_text(label)] for i, label in enumerate(labels) if label not in there}:
        raise ValidationError(errors)
    return {label: there[label] for label in labels}


def _seat_taken_error(labels: Sequence[str], missing: Sequence[str]) -> Conflict:
    if len(missing) == 1:
        message = f"Seat {missing[0]} is taken."
    else:
        message = f"Seats {', '.join(missing[:-1])} and {missing[-1]} are taken."
    errors = [FieldError(f"seats.{i}", f"{label} is taken.") for i, label in enumerate(labels) if label in missing]
    return Conflict(Code.SEAT_TAKEN, message, errors, {"seats": list(missing)})


def _claim_best(
    purchase: Purchase, session: MovieSession, quantity: int, until: ClaimTimes, own: Collection[int]
) -> set[int]:
    """Those who name their seats don't wait for a turn here, so a choice can still be beaten; then it is made anew."""
    _wait_for_turn(purchase, session, quantity, own)
    for _ in range(TRIES):
        chosen = _choose_best(purchase, session, quantity, own)
        with suppress(SeatRaceLost), transaction.atomic():
            if not chosen <= claim(purchase, session.room_id, chosen | {*own}, until.held_until, until.purchased_at):
                raise SeatRaceLost
            return chosen
    raise Conflict(Code.SEAT_TAKEN, "Others were quicker each time. Try again.")


def _wait_for_turn(purchase: Purchase, session: MovieSession, quantity: int, own: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRY_TURN, [session.pk])
        if cursor.fetchone() == (True,):
            return
        _choose_best(purchase, session, quantity, own)  # nobody queues for what is sold out
        cursor.execute(WAIT_FOR_TURN, [session.pk])


def _choose_best(purchase: Purchase, session: MovieSession, quantity: int, own: Collection[int]) -> set[int]:
    """Ids of the best free seats just now. Conflict(sold_out) if they are too few."""
    free = FreeSeats.now(session, own, purchase.user_id)
    chosen = free.best(quantity)
    if chosen is None:
        raise _sold_out_error(free.number, len(free.wheelchair))
    return chosen


@dataclass(frozen=True)
class FreeSeats:
    """The places of a room, and those that are free. A wheelchair place is nobody's but whose who names it."""

    room: list[Place]
    standard: list[Place]
    companion: list[Place]
    wheelchair: list[Place]

    @classmethod
    def now(cls, session: MovieSession, own: Collection[int] = (), user_id: int | None = None) -> "FreeSeats":
        """`own`: seats that count as free if `user_id` has them."""
        room: list[Place] = []
        free: dict[str, list[Place]] = {kind: [] for kind in Seat.Kind.values}
        for seat in load_seats(session, Q(in_use=True)):
            place = Place(seat.id, seat.line, seat.column)
            room.append(place)
            given_up = seat.id in own and seat.holder_id == user_id
            if not seat.taken or given_up:
                free[seat.kind].append(place)
        return cls(room, free[Seat.Kind.STANDARD], free[Seat.Kind.COMPANION], free[Seat.Kind.WHEELCHAIR])

    @property
    def number(self) -> int:
        """Of those that anybody may get."""
        return len(self.standard) + len(self.companion)

    def best(self, quantity: int) -> set[int] | None:
        chosen = choose_best(self.room, self.standard, quantity) or choose_best(
            self.room, self.standard + self.companion, quantity
        )
        return None if chosen is None else {place.pk for place in chosen}

    def without(self, taken: Collection[int]) -> "FreeSeats":
        kinds = (self.standard, self.companion, self.wheelchair)
        return FreeSeats(self.room, *([place for place in kind if place.pk not in taken] for kind in kinds))


def _sold_out_error(left: int, wheelchair: int) -> Conflict:
    details: dict[str, Any] = {"seats_free": left, "wheelchair_places_free": wheelchair}
    if left:
        message = f"Only {left} {'seat is' if left == 1 else 'seats are'} free."
    elif wheelchair:
        message = "Only wheelchair places are free; name one if you need it."
    else:
        message = "The session is sold out."
    return Conflict(Code.SOLD_OUT, message, details=details)
