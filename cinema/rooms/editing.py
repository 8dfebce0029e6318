"""Creating, changing and deleting rooms and their seats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.text import get_text_list

from cinema.box_office import offers
from cinema.core import locks
from cinema.core.revisions import revise
from cinema.models import PLACE_FIELDS, MovieSession, Place, Room, Seat, Ticket
from cinema.notifications.phrases import format_room
from cinema.notifications.room_renamed import notify_room_renamed
from cinema.queries.rooms import tickets_of_seats
from cinema.rooms import plans
from common.errors import Code, Conflict, FieldError
from movies.catalogue.validation import trim_text

NAME_LENGTH = 80
LONGEST_TURNAROUND = 240
MOST_SEATS_NAMED = 6  # in one sentence


@transaction.atomic
def create_room(number: int, name: str = "", turnaround_minutes: int = 15, *, plan: str) -> Room:
    """Create a room with the seats of its plan.

    Raises ValidationError by name, and IntegrityError (a 409) when there is a room with this number.
    """
    values = _clean({"number": number, "name": name, "turnaround_minutes": turnaround_minutes, "plan": plan})
    places = values.pop("plan")
    room = Room.objects.create(**values)
    Seat.objects.bulk_create(_seat_at(room, place) for place in places)
    return room


@transaction.atomic
def change_room(room_id: int, changes: Mapping[str, Any]) -> Room:
    """Change any of number, name, turnaround_minutes and plan; what `changes` does not name stays.

    A chair is a place of the plan, by line and column. While it is sold, held or offered for a session that is not
    over, it stays there with its name and kind. Otherwise the seat of a label may stand anywhere, and one that a plan
    no longer has is deleted, or kept out of use where a ticket refers to it. New seats are offered to the waiting
    lists. Everyone whom the sessions concern, unless these are over, is notified of another number or name. Raises
    Http404, ValidationError by name, IntegrityError for a number that another room has, and Conflict: "seats_lost" for
    the chairs that have to stay; "room_taken" when sessions would be too close to one another for the new turnaround.
    """
    values = _clean(changes)
    places = values.pop("plan", None)
    room = locks.lock_room(room_id)
    # With the room locked no session is scheduled into it, so that its sessions are these.
    new = {name: value for name, value in values.items() if value != getattr(room, name)}
    seat_changes = SeatChanges.between(room, places) if places is not None else SeatChanges([], [], {})
    sessions = _lock_sessions(room) if new or seat_changes.is_any else []
    if "turnaround_minutes" in new:
        _set_turnaround(sessions, new["turnaround_minutes"])
    if seat_changes.is_any:
        _check_no_seats_lost(seat_changes.lost, sessions)
        _write_seats(seat_changes)
    if new:
        before = format_room(room)
        for name, value in new.items():
            setattr(room, name, value)
        room.save(update_fields=list(new))
        if before != format_room(room):
            _tell_new_name(before, sessions)
    if seat_changes.is_any:
        offers.offer_free_seats(sessions)
    return room


def _tell_new_name(before: str, sessions: Sequence[MovieSession]) -> None:
    """Notify everyone whom the locked sessions concern, in whose tickets and calendars the room has a new name."""
    to_come = [session.pk for session in sessions if not session.cancelled_at]
    revise(MovieSession.objects.filter(pk__in=to_come))
    notify_room_renamed(before, to_come)


@transaction.atomic
def delete_room(room_id: int) -> None:
    """Delete a room in which no session was ever scheduled. Raises Http404 and Conflict."""
    room = locks.lock_room(room_id)
    if room.sessions.exists():
        if Ticket.objects.filter(session__room=room, purchased_at__isnull=False).exists():
            raise Conflict(Code.HAS_TICKETS, f"Tickets were sold for sessions in {room}, so it can't be deleted.")
        raise Conflict(Code.CONFLICT, f"Sessions are or were scheduled in {room}, so it can't be deleted.")
    room.delete()


class SeatChanges(NamedTuple):
    """The difference between a room's seats and another plan."""

    written: list[Seat]  # unsaved: seats that are new, in use again, at another position or of another kind
    removed: list[Seat]  # seats that the plan does not have, out of use already or not
    lost: dict[int, str]  # what becomes of chairs that do not stay, by the seat's id: none of them may be sold or held

    @classmethod
    def between(cls, room: Room, places: Sequence[Place]) -> "SeatChanges":
        before = {seat.label: seat for seat in room.seats.all()}
        after = {place.label: place for place in places}
        removed = [seat for label, seat in before.items() if label not in after]
        written = [place for label, place in after.items() if place != _current_place(before.get(label))]
        chairs = {(place.line, place.column): place for place in places}
        lost = {
            seat.pk: _describe_loss(seat, chairs.get((seat.line, seat.column)), seat.label in after)
            for seat in before.values()
            if seat.in_use and seat.place != chairs.get((seat.line, seat.column))
        }
        return cls([_seat_at(room, place) for place in written], removed, lost)

    @property
    def is_any(self) -> bool:
        return bool(self.written) or any(seat.in_use for seat in self.removed)


def _current_place(seat: Seat | None) -> Place | None:
    """Return where the seat is in the present plan; None if it is not in it."""
    return seat.place if seat and seat.in_use else None


def _describe_loss(seat: Seat, chair: Place | None, is_elsewhere: bool) -> str:
    """Say what becomes of a chair; `chair` is what the new plan has in its place, and its name may be elsewhere."""
    if chair is None:
        return f"{seat.label} would {'stand elsewhere' if is_elsewhere else 'be removed'}"
    if chair.label != seat.label:
        return f"{seat.label} would be called {chair.label}"
    return f"{seat.label} would be a {chair.special or 'plain seat'}"


def _seat_at(room: Room, place: Place) -> Seat:
    return Seat(room=room, **asdict(place))


def _write_seats(changes: SeatChanges) -> None:
    removed = Seat.objects.filter(pk__in=[seat.pk for seat in changes.removed])
    has_ticket = Exists(Ticket.objects.filter(seat=OuterRef("pk")))
    removed.filter(has_ticket, in_use=True).update(in_use=False)
    removed.exclude(has_ticket).delete()
    label = ["row", "number"]
    Seat.objects.bulk_create(
        changes.written,
        update_conflicts=True,
        unique_fields=["room", *label],
        update_fields=[*(name for name in PLACE_FIELDS if name not in label), "in_use"],
    )


def _check_no_seats_lost(lost: Mapping[int, str], sessions: Sequence[MovieSession]) -> None:
    """Raise Conflict if one of the chairs is sold or held.

    The sessions are locked, so that no ticket for them is bought or cancelled meanwhile.
    """
    tickets = tickets_of_seats(sessions, lost)
    by_session = [(session, list(group)) for session, group in groupby(tickets, lambda ticket: ticket.session)]
    if not by_session:
        return
    labels = list(dict.fromkeys(ticket.seat.label for ticket in tickets))
    subject = f"Seat {labels[0]} is" if len(labels) == 1 else f"Seats {_shortened_list(labels)} are"
    raise Conflict(
        Code.SEATS_LOST,
        f"{subject} sold or held for sessions that are not over: such chairs keep their place, name and kind. Move "
        "these sessions to another room first, or change the plan when they are over.",
        [FieldError("plan", f"{session}: {_list_losses(found, lost)}.") for session, found in by_session],
        {"sessions": [_session_details(session, found) for session, found in by_session]},
    )


def _list_losses(tickets: Sequence[Ticket], lost: Mapping[int, str]) -> str:
    return get_text_list([lost[ticket.seat_id] for ticket in tickets], "and")


def _session_details(session: MovieSession, tickets: Sequence[Ticket]) -> dict[str, Any]:
    return {
        "id": session.pk,
        "seats": [ticket.seat.label for ticket in tickets],
        "sold": sum(ticket.purchased_at is not None for ticket in tickets),
        "held": sum(ticket.purchased_at is None for ticket in tickets),
    }


def _shortened_list(labels: Sequence[str]) -> str:
    """Name the first few labels; the errors name all of them."""
    more = len(labels) - MOST_SEATS_NAMED
    return get_text_list([*labels[:MOST_SEATS_NAMED], f"{more} more"] if more > 0 else list(labels), "and")


def _lock_sessions(room: Room) -> list[MovieSession]:
    """Lock the sessions that are not over, in order of id, against sales, purchases and changes; return them."""
    rows = MovieSession.objects.filter(room=room, ends_at__gt=timezone.now()).select_related("movie")
    return list(rows.order_by("pk").select_for_update(of=["self"]))


def _set_turnaround(sessions: Sequence[MovieSession], minutes: int) -> None:
    """Set the turnaround of sessions that have not begun; a running session keeps its own. Raises Conflict."""
    now = timezone.now()
    turnaround = timedelta(minutes=minutes)
    in_order = sorted((one for one in sessions if not one.cancelled_at), key=lambda one: one.starts_at)
    too_close = [
        (one, following)
        for one, following in pairwise(in_order)
        if one.starts_at > now and following.starts_at < one.ends_at + turnaround
    ]
    if too_close:
        raise Conflict(
            Code.ROOM_TAKEN,
            f"Some sessions have fewer than {minutes} minutes between them.",
            [FieldError("turnaround_minutes", _describe_gap(one, following)) for one, following in too_close],
            {"sessions": [{"id": one.pk, "next_id": following.pk} for one, following in too_close]},
        )
    to_come = [one.pk for one in in_order if one.starts_at > now]
    MovieSession.objects.filter(pk__in=to_come).update(room_free_at=F("ends_at") + turnaround)


def _describe_gap(one: MovieSession, following: MovieSession) -> str:
    gap = (following.starts_at - one.ends_at) // timedelta(minutes=1)
    return f"{gap} {'minute' if gap == 1 else 'minutes'} between {one} and {following}."


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they are stored, `plan` as its places. Raises ValidationError by name."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in fields.items():
        try:
            values[name] = CLEANERS[name](value)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return values


def _clean_number(value: int) -> int:
    if not 1 <= value <= 999:
        raise ValidationError("Give a number from 1 to 999.")
    return value


def _clean_name(value: str) -> str:
    name = trim_text(value)
    if len(name) > NAME_LENGTH:
        raise ValidationError(f"At most {NAME_LENGTH} characters.")
    return name


def _clean_turnaround(value: int) -> int:
    if not 0 <= value <= LONGEST_TURNAROUND:
        raise ValidationError(f"Give 0 to {LONGEST_TURNAROUND} minutes.")
    return value


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "number": _clean_number,
    "name": _clean_name,
    "turnaround_minutes": _clean_turnaround,
    "plan": plans.parse,
}
