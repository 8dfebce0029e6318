"""Writes to rooms and to the seats in them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from cinema.core import locks
from cinema.models import MovieSession, Room, Seat, Ticket
from cinema.queries.rooms import tickets_of_seats
from cinema.rooms import plans
from cinema.rooms.plans import Place
from common.errors import Code, Conflict, FieldError
from movies.catalogue.validation import trim_text

NAME_LENGTH = 80
LONGEST_TURNAROUND = 240
# So many seats are named in one sentence.
NAMED = 6


@transaction.atomic
def create_room(number: int, name: str = "", turnaround_minutes: int = 15, *, plan: str) -> Room:
    """Raises ValidationError by name, and IntegrityError (a 409) when there is a room with this number."""
    given = {"number": number, "name": name, "turnaround_minutes": turnaround_minutes, "plan": plan}
    values = checked(given)
    places = values.pop("plan")
    room = Room.objects.create(**values)
    Seat.objects.bulk_create(seat_of(room, place) for place in places)
    return room


@transaction.atomic
def change_room(room_id: int, changes: Mapping[str, Any]) -> Room:
    """`changes` holds any of number, name, turnaround_minutes and plan; what it does not name stays.

    A seat is the same seat while its label is. One that a plan no longer has is deleted, or kept out of use where a
    ticket names it. Raises Http404, ValidationError by name, IntegrityError for a number that another room has, and
    Conflict: "seats_lost" when a seat that goes, or becomes of another kind, is somebody's for a session that is not
    over; "room_taken" when sessions would be too close to one another for the new turnaround.
    """
    values = checked(changes)
    places = values.pop("plan", None)
    room = locks.lock_room(room_id)
    # From here on nobody schedules into the room, so that its sessions are these.
    new = {name: value for name, value in values.items() if value != getattr(room, name)}
    rebuilt = Rebuilt.of(room, places) if places is not None else Rebuilt.nothing()
    if rebuilt.is_any or "turnaround_minutes" in new:
        sessions = held_sessions(room)
        if "turnaround_minutes" in new:
            set_turnaround(sessions, new["turnaround_minutes"])
        if rebuilt.is_any:
            rebuild(rebuilt, sessions)
    if new:
        for name, value in new.items():
            setattr(room, name, value)
        room.save(update_fields=list(new))
    return room


@transaction.atomic
def delete_room(room_id: int) -> None:
    """Only of a room in which nothing was ever scheduled. Raises Http404 and Conflict."""
    room = locks.lock_room(room_id)
    if room.sessions.exists():
        if Ticket.objects.filter(session__room=room, purchased_at__isnull=False).exists():
            raise Conflict(Code.HAS_TICKETS, f"Tickets were sold for sessions in {room}, so it stays.")
        raise Conflict(Code.CONFLICT, f"Sessions are scheduled in {room}, or were; so it stays.")
    room.delete()


class Rebuilt(NamedTuple):
    """What another plan makes of a room's seats."""

    written: list[Seat]  # unsaved: those that are new, come back, stand elsewhere or are of another kind
    gone: list[Seat]  # those that the plan does not have, out of use already or not
    # Of the seats in use, those that nobody may have bought: they go, or become of another kind.
    lost: list[Seat]

    @classmethod
    def of(cls, room: Room, places: Sequence[Place]) -> "Rebuilt":
        before = {seat.label: seat for seat in room.seats.all()}
        after = {place.label: place for place in places}
        gone = [seat for label, seat in before.items() if label not in after]
        written = [place for label, place in after.items() if place != standing(before.get(label))]
        other = [before[place.label] for place in written if is_another_kind(before.get(place.label), place)]
        return cls([seat_of(room, place) for place in written], gone, [*(seat for seat in gone if seat.in_use), *other])

    @classmethod
    def nothing(cls) -> "Rebuilt":
        return cls([], [], [])

    @property
    def is_any(self) -> bool:
        return bool(self.written) or any(seat.in_use for seat in self.gone)


def standing(seat: Seat | None) -> Place | None:
    """Where it is in the present plan, if it is there."""
    if seat is None or not seat.in_use:
        return None
    return Place(seat.row, seat.number, seat.kind, seat.line, seat.column)


def is_another_kind(seat: Seat | None, place: Place) -> bool:
    return seat is not None and seat.in_use and seat.kind != place.kind


def seat_of(room: Room, place: Place) -> Seat:
    row, number, kind, line, column = place
    return Seat(room=room, row=row, number=number, kind=kind, line=line, column=column)


def rebuild(rebuilt: Rebuilt, sessions: Sequence[MovieSession]) -> None:
    refuse_losses(rebuilt.lost, sessions)
    leaving = Seat.objects.filter(pk__in=[seat.pk for seat in rebuilt.gone])
    has_ticket = Exists(Ticket.objects.filter(seat=OuterRef("pk")))
    leaving.filter(has_ticket, in_use=True).update(in_use=False)
    leaving.exclude(has_ticket).delete()
    Seat.objects.bulk_create(
        rebuilt.written,
        update_conflicts=True,
        unique_fields=["room", "row", "number"],
        update_fields=["kind", "line", "column", "in_use"],
    )


def refuse_losses(seats: Sequence[Seat], sessions: Sequence[MovieSession]) -> None:
    """The sessions are held, so that no ticket for them comes or goes any more."""
    tickets = tickets_of_seats(sessions, seats)
    by_session = [(session, list(found)) for session, found in groupby(tickets, lambda ticket: ticket.session)]
    if not by_session:
        return
    labels = list(dict.fromkeys(ticket.seat.label for ticket in tickets))
    subject = f"Seat {labels[0]} is" if len(labels) == 1 else f"Seats {shortened(labels)} are"
    raise Conflict(
        Code.SEATS_LOST,
        f"{subject} sold or held for sessions that are not over, and can't go or become of another kind.",
        [FieldError("plan", f"{session}: {said_of(found)}.") for session, found in by_session],
        {"sessions": [details_of(session, found) for session, found in by_session]},
    )


def said_of(tickets: Sequence[Ticket]) -> str:
    number = f"{len(tickets)} {'seat' if len(tickets) == 1 else 'seats'}"
    return f"{number} sold or held ({listed([ticket.seat.label for ticket in tickets])})"


def details_of(session: MovieSession, tickets: Sequence[Ticket]) -> dict[str, Any]:
    return {
        "id": session.pk,
        "seats": [ticket.seat.label for ticket in tickets],
        "sold": sum(ticket.purchased_at is not None for ticket in tickets),
        "held": sum(ticket.purchased_at is None for ticket in tickets),
    }


def shortened(labels: Sequence[str]) -> str:
    """All of them are in the errors."""
    more = len(labels) - NAMED
    return listed([*labels[:NAMED], f"{more} more"] if more > 0 else labels)


def listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def held_sessions(room: Room) -> list[MovieSession]:
    """Those that are not over, by id, which from now on nobody sells, buys or changes until the transaction ends."""
    rows = MovieSession.objects.filter(room=room, ends_at__gt=timezone.now()).select_related("movie")
    return list(rows.order_by("pk").select_for_update(of=["self"]))


def set_turnaround(sessions: Sequence[MovieSession], minutes: int) -> None:
    """For what has not begun; a session that is running keeps the time that it was given."""
    now = timezone.now()
    empty = timedelta(minutes=minutes)
    standing = sorted((one for one in sessions if not one.cancelled_at), key=lambda one: one.starts_at)
    close = [
        (one, following)
        for one, following in pairwise(standing)
        if one.starts_at > now and following.starts_at < one.ends_at + empty
    ]
    if close:
        raise Conflict(
            Code.ROOM_TAKEN,
            f"Some sessions have fewer than {minutes} minutes between them.",
            [FieldError("turnaround_minutes", said_of_gap(one, following)) for one, following in close],
            {"sessions": [{"id": one.pk, "next_id": following.pk} for one, following in close]},
        )
    waiting = [one.pk for one in standing if one.starts_at > now]
    MovieSession.objects.filter(pk__in=waiting).update(room_free_at=F("ends_at") + empty)


def said_of_gap(one: MovieSession, following: MovieSession) -> str:
    gap = (following.starts_at - one.ends_at) // timedelta(minutes=1)
    return f"{gap} {'minute' if gap == 1 else 'minutes'} between {one} and {following}."


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored, `plan` as its places. Raises ValidationError by name."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in given.items():
        try:
            values[name] = CHECKS[name](value)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return values


def room_number(value: int) -> int:
    if not 1 <= value <= 999:
        raise ValidationError("Give a number from 1 to 999.")
    return value


def room_name(value: str) -> str:
    said = trim_text(value)
    if len(said) > NAME_LENGTH:
        raise ValidationError(f"At most {NAME_LENGTH} characters.")
    return said


def turnaround(value: int) -> int:
    if not 0 <= value <= LONGEST_TURNAROUND:
        raise ValidationError(f"Give 0 to {LONGEST_TURNAROUND} minutes.")
    return value


CHECKS: dict[str, Callable[[Any], Any]] = {
    "number": room_number,
    "name": room_name,
    "turnaround_minutes": turnaround,
    "plan": plans.parse,
}
