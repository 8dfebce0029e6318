"""From a request ("A1 and A2", or "two of the best") to claimed seats."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.text import capfirst, get_text_list

from cinema.box_office import rules
from cinema.box_office.best_seats import Place, choose_best
from cinema.box_office.seat_claims import claim
from cinema.models import SEAT_TRAITS, MovieSession, Purchase, Seat, SeatKind, name_seats
from cinema.queries.seats import load_places
from common.errors import Code, Conflict, FieldError

LABEL = re.compile(r"[A-Z]{1,2}[1-9][0-9]?")
TRIES = 20
NAMED = """
SELECT * FROM cinema_seat
WHERE room_id = %s AND in_use AND (row, number) IN (SELECT * FROM unnest(%s::text[], %s::int[]))
"""
# Requests for the best seats of a session are served one after another: at the same moment, all would choose the same.
WAIT_FOR_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('cinema.best_seats', %s))"


@dataclass(frozen=True)
class SeatRequest:
    """Either `labels`, as they are printed, or a `quantity` of standard seats.

    `special_confirmed` says that the customer needs the wheelchair places and companion seats among them.
    """

    labels: tuple[str, ...] = ()
    quantity: int = 0
    special_confirmed: bool = False

    @property
    def count(self) -> int:
        return len(self.labels) or self.quantity

    def rows_and_numbers(self) -> tuple[list[str], list[int]]:
        """Return the labels' letters and numbers, as columns."""
        parts = [(label.rstrip("0123456789"), label) for label in self.labels]
        return [row for row, _ in parts], [int(label.removeprefix(row)) for row, label in parts]

    @classmethod
    def parse(cls, seats: Sequence[str] | None, quantity: int | None, special_confirmed: bool = False) -> Self:
        """Return the checked request. Raises ValidationError by field: seats, seats.0, seats.1, ..., or quantity."""
        if (seats is None) == (quantity is None):
            raise ValidationError({"seats": ["Choose either seats or a quantity."]})
        if seats is not None:
            return cls(labels=tuple(_clean_labels(seats)), special_confirmed=special_confirmed)
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise ValidationError({"quantity": ["Give a whole number from 1."]})
        if quantity > settings.TICKETS_PER_CUSTOMER:
            raise ValidationError({"quantity": [_too_many_text()]})
        return cls(quantity=quantity)


@dataclass(frozen=True)
class ClaimTimes:
    """What claimed seats become: held until `held_until`, or bought at `purchased_at`. Exactly one is given.

    A hold of another customer counts as over if it had run out by `expired_by`, or else by now.
    """

    held_until: datetime | None = None
    purchased_at: datetime | None = None
    expired_by: datetime | None = None


@dataclass(frozen=True)
class FreeSeats:
    """All places of a room, and the free ones by kind."""

    room: list[Place]
    by_kind: dict[str, list[Place]]

    @classmethod
    def load(
        cls,
        session: MovieSession,
        own: Collection[int] = (),
        user_id: int | None = None,
        moment: datetime | None = None,
    ) -> Self:
        """Read the seats that are free at the `moment`, or now. Seats `own` are free if `user_id` holds them."""
        room: list[Place] = []
        free: dict[str, list[Place]] = {kind: [] for kind in Seat.Kind.values}
        for seat in load_places(session, moment):
            place = Place(seat.id, seat.line, seat.column)
            room.append(place)
            is_given_up = seat.id in own and seat.holder_id == user_id
            if not seat.taken or is_given_up:
                free[seat.kind].append(place)
        return cls(room, free)

    @property
    def count(self) -> int:
        """The number of free seats for requests by quantity: wheelchair places and companion seats are chosen."""
        return len(self.by_kind[Seat.Kind.STANDARD])

    def choose_best(self, quantity: int, first: Collection[int] = ()) -> set[int] | None:
        """Return the ids of the best free standard seats, as many as possible of `first`; None if there are too few."""
        standard = self.by_kind[Seat.Kind.STANDARD]
        wanted = [place for place in standard if place.pk in first]
        if 0 < len(wanted) < quantity:
            more = self.without(first).choose_best(quantity - len(wanted))
            return None if more is None else more | {place.pk for place in wanted}
        chosen = choose_best(self.room, wanted or standard, quantity)
        return None if chosen is None else {place.pk for place in chosen}

    def without(self, seat_ids: Collection[int]) -> Self:
        """Return the free seats without these."""
        by_kind = {
            kind: [place for place in places if place.pk not in seat_ids] for kind, places in self.by_kind.items()
        }
        return type(self)(self.room, by_kind)


class _SeatRaceLost(Exception):
    """Lost the race for a seat between the choice and the claim; choose again."""


def fingerprint(act: str, session_id: int, user_id: int, request: SeatRequest) -> str:
    """Return the same hash for two requests for the same seats, in whatever order they name them."""
    values = [act, session_id, user_id, sorted(request.labels), request.quantity]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def claim_seats(
    purchase: Purchase,
    session: MovieSession,
    request: SeatRequest,
    times: ClaimTimes,
    own: Collection[int] = (),
    first: Collection[int] = (),
) -> list[Seat]:
    """Claim the requested seats for the purchase and return them, from the screen.

    `own` are seats that the same customer holds and gives up. They count as free, and become the purchase's too,
    chosen or not, since each row must be locked in its turn; the caller deletes those not chosen. `first` are seats
    that the customer holds and keeps: a quantity begins with them, and those not chosen stay held. Raises
    ValidationError for seats that do not exist, and Conflict (seat_taken, sold_out, special_seats_unconfirmed).
    """
    if request.labels:
        return _claim_by_label(purchase, session, request, times, own)
    return _claim_best(purchase, session, request.quantity, times, own, first)


def _clean_labels(seats: Sequence[str]) -> list[str]:
    if not seats:
        raise ValidationError({"seats": ["Choose at least one seat."]})
    if len(seats) > settings.TICKETS_PER_CUSTOMER:
        raise ValidationError({"seats": [_too_many_text()]})
    labels = [str(seat).strip().upper() for seat in seats]
    errors = {
        f"seats.{i}": [f"{label} is listed twice."]
        for i, label in enumerate(labels)
        if label in labels[:i] and LABEL.fullmatch(label)
    }
    errors |= {f"seats.{i}": [_no_seat_text(label)] for i, label in enumerate(labels) if not LABEL.fullmatch(label)}
    if errors:
        raise ValidationError(errors)
    return labels


def _too_many_text() -> str:
    return f"At most {settings.TICKETS_PER_CUSTOMER} seats at once."


def _no_seat_text(label: str) -> str:
    return f"There is no seat {label} in this room." if LABEL.fullmatch(label) else "Write a seat like A1."


def _claim_by_label(
    purchase: Purchase, session: MovieSession, request: SeatRequest, times: ClaimTimes, own: Collection[int]
) -> list[Seat]:
    labels = request.labels
    # The session is locked, so the room's plan does not change meanwhile.
    seats = {seat.label: seat for seat in Seat.objects.raw(NAMED, [session.room_id, *request.rows_and_numbers()])}
    if errors := {f"seats.{i}": [_no_seat_text(label)] for i, label in enumerate(labels) if label not in seats}:
        raise ValidationError(errors)
    chosen = {seat.pk for seat in seats.values()}
    claimed = claim(purchase, session.room_id, chosen | {*own}, **asdict(times))
    got = {seat.pk for seat in claimed}
    if missing := {label: seats[label] for label in labels if seats[label].pk not in got}:
        raise seat_taken_error(labels, missing)
    if times.purchased_at:
        rules.check_special_seats([seats[label] for label in labels], request.special_confirmed)
    return [seat for seat in claimed if seat.pk in chosen]


def seat_taken_error(labels: Sequence[str], missing: Mapping[str, Seat]) -> Conflict:
    """Return the error; `missing` are the seats that others have, by label."""
    message = f"{capfirst(name_seats(missing.values()))} {'is' if len(missing) == 1 else 'are'} taken."
    errors = [FieldError(f"seats.{i}", f"{label} is taken.") for i, label in enumerate(labels) if label in missing]
    return Conflict(Code.SEAT_TAKEN, message, errors, {"seats": list(missing)})


def _claim_best(
    purchase: Purchase,
    session: MovieSession,
    quantity: int,
    times: ClaimTimes,
    own: Collection[int],
    first: Collection[int],
) -> list[Seat]:
    """Claim the best free seats. A request by label waits for no turn and may win a seat first; then choose again.

    Raises Conflict(sold_out) if there are too few.
    """
    _wait_for_turn(session)
    for _ in range(TRIES):
        free = FreeSeats.load(session, {*own, *first}, purchase.user_id, times.expired_by)
        chosen = free.choose_best(quantity, first)
        if chosen is None:
            raise sold_out_error({kind: len(free.by_kind[kind]) for kind in Seat.Kind})
        wanted = chosen | {*own}
        # One seat that was not claimed leaves nothing to undo. Several are given back before others are claimed, since
        # all transactions claim in the order of ids.
        with suppress(_SeatRaceLost), transaction.atomic() if len(wanted) > 1 else nullcontext():
            claimed = claim(purchase, session.room_id, wanted, **asdict(times))
            if not chosen <= {seat.pk for seat in claimed}:
                raise _SeatRaceLost
            return [seat for seat in claimed if seat.pk in chosen]
    raise Conflict(Code.SEAT_TAKEN, "Other customers were faster. Please try again.")


def _wait_for_turn(session: MovieSession) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WAIT_FOR_TURN, [session.pk])


def sold_out_error(free: dict[SeatKind, int]) -> Conflict:
    left = free[SeatKind.STANDARD]
    details = {
        "seats_free": left,
        "wheelchair_places_free": free[SeatKind.WHEELCHAIR],
        "companion_seats_free": free[SeatKind.COMPANION],
    }
    special = [kind.describe_count(free[kind]) for kind in SEAT_TRAITS if free[kind]]
    if left:
        message = f"Only {left} {'seat is' if left == 1 else 'seats are'} free."
    elif special:
        verb, it = ("is", "it") if sum(details.values()) == 1 else ("are", "one")
        message = f"Only {get_text_list(special, 'and')} {verb} free; choose {it} if you need it."
    else:
        message = "The session is sold out."
    return Conflict(Code.SOLD_OUT, message, details=details)
