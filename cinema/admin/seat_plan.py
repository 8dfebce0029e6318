"""A room's seats as rows of cells, for templates/admin/cinema/seat_plan.html."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from cinema.models import MovieSession, Seat
from cinema.rooms import plans


class Cell(NamedTuple):
    label: str
    number: int
    kind: str
    state: str  # as queries.seats has them; empty where nobody asks

    @property
    def title(self) -> str:
        kind = "" if self.kind == Seat.Kind.STANDARD else Seat.Kind(self.kind).label
        return ", ".join(word for word in (self.label, kind, self.state) if word)


class Row(NamedTuple):
    letter: str  # empty for a line without seats
    cells: list[Cell | None]  # None is a gap


class Plan(NamedTuple):
    rows: list[Row]
    counts: dict[str, int]

    @property
    def columns(self) -> int:
        return len(self.rows[0].cells) if self.rows else 0

    @property
    def summary(self) -> str:
        """ "96 seats, 2 of them wheelchair places, 2 companion seats"."""
        total = sum(self.counts.values())
        special = [
            f"{number} {Seat.Kind(kind).label}{'' if number == 1 else 's'}"
            for kind, number in sorted(self.counts.items(), reverse=True)
            if kind != Seat.Kind.STANDARD and number
        ]
        return f"{total} seat{'' if total == 1 else 's'}" + (f", of them {' and '.join(special)}" if special else "")


def drawn(seats: Iterable[Any]) -> Plan:
    """Of anything that has row, number, kind, line, column and label; `state` where it has one."""
    lines: dict[int, dict[int, Cell]] = {}
    letters: dict[int, str] = {}
    counts = dict.fromkeys(Seat.Kind.values, 0)
    for seat in seats:
        cell = Cell(seat.label, seat.number, seat.kind, str(getattr(seat, "state", "")))
        lines.setdefault(seat.line, {})[seat.column] = cell
        letters[seat.line] = seat.row
        counts[seat.kind] += 1
    width = max((max(cells) for cells in lines.values()), default=-1) + 1
    rows = [
        Row(letters.get(line, ""), [lines.get(line, {}).get(column) for column in range(width)])
        for line in range(max(lines, default=-1) + 1)
    ]
    return Plan(rows, counts)


def preview(text: str) -> dict[str, Any]:
    """Of a plan as somebody is typing it: `plan`, or `mistakes`."""
    try:
        return {"plan": drawn(plans.parse(text))}
    except ValidationError as error:
        return {"mistakes": error.messages}


def occupied(session: Any) -> SafeString:
    """ "24 of 96" with a bar; held seats are a part of their own. Of a session with `sold`, `held`, `seats_total`."""
    context = {
        "session": session,
        "sold_share": share(session.sold, session.seats_total),
        "held_share": share(session.held, session.seats_total),
    }
    return render_to_string("admin/cinema/occupancy.html", context)


def share(part: int, whole: int) -> int:
    """Per cent."""
    return min(100, round(100 * part / whole)) if whole else 0


# What a session is, and unfold's name for the colour of it.
STATES = {"upcoming": "info", "running": "success", "over": "", "draft": "warning", "cancelled": "danger"}


def state_of(session: MovieSession) -> str:
    """One of STATES."""
    now = timezone.now()
    if session.cancelled_at:
        return "cancelled"
    if session.ends_at <= now:
        return "over"
    if not session.published:
        return "draft"
    return "running" if session.starts_at <= now else "upcoming"


def counted(number: int, noun: str) -> str:
    """ "1 ticket", "2 tickets"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
