"""The panel with the result of a scan. static/cinema/entrance_panel.js fills it from the answers of the API."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst

from cinema.core.local_time import to_local, today
from cinema.entrance import check_in
from cinema.queries.entrance import SOON, VisitorCounts

# Also used by the script. The first five are the panel's headings by kind.
TEXTS = {
    "ready": "Ready",
    "checking": "Checking",
    "in": "Come in",
    "refused": "Not admitted",
    "queued": "Queued",
    "no_code": "This is not a ticket code.",
    "layout": "This is not a ticket code. If a scanner typed it, its keyboard layout is wrong: set it to that of this "
    "device.",
    "what": "{film} · Room {room} · {time}",
    "day": "Not today: {day}.",
    "age": "From {limit}: check the age (the account holder is {age}).",
    "age_unknown": "From {limit}: check the age (the account has no date of birth).",
    "age_checked": "{age} and over was checked when it was bought.",
    "entered": "{entered} of {expected} of this purchase are in.",
    "one_entered": "{entered} of {expected} of this purchase is in.",
}


@dataclass(frozen=True)
class Panel:
    """One line per field; empty lines are not shown. `kind` is ready, in or refused; the script uses more."""

    kind: str = "ready"
    name: str = ""
    seat: str = ""
    what: str = ""
    day: str = ""
    age: str = ""
    purchase: str = ""
    reason: str = ""

    @property
    def word(self) -> str:
        return TEXTS[self.kind]


def build_refused_panel(reason: str) -> Panel:
    return Panel("refused", reason=reason)


def build_admitted_panel(admission: check_in.Admission, purchase: VisitorCounts) -> Panel:
    ticket = admission.ticket
    session, holder = ticket.session, ticket.user
    starts_at = to_local(session.starts_at)
    return Panel(
        "in",
        name=(holder.name or holder.username) if holder else "",
        seat=capfirst(ticket.seat.name),
        what=TEXTS["what"].format(film=session.movie.title, room=session.room.number, time=f"{starts_at:%H:%M}"),
        day=_day_line(starts_at),
        age=_age_line(session.movie.age_restriction, admission.age, ticket.purchase.age_checked),
        purchase=_purchase_line(purchase),
    )


def _day_line(starts_at: datetime) -> str:
    if starts_at.date() == today() or starts_at < timezone.now() + SOON:
        return ""
    return TEXTS["day"].format(day=f"{starts_at:%A} {starts_at.day} {starts_at:%B}")


def _age_line(limit: int | None, age: int | None, checked: int | None) -> str:
    """Return a reminder to check the age: the visitor may not be the account holder."""
    if not limit:
        return ""
    reminder = TEXTS["age_unknown" if age is None else "age"].format(limit=limit, age=age)
    return f"{reminder} {TEXTS['age_checked'].format(age=checked)}" if checked else reminder


def _purchase_line(purchase: VisitorCounts) -> str:
    if purchase.expected < 2:
        return ""
    return TEXTS["one_entered" if purchase.entered == 1 else "entered"].format(
        entered=purchase.entered, expected=purchase.expected
    )
