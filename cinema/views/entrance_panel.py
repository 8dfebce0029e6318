"""What the door reads of a scan. static/cinema/entrance_panel.js says the same of the answer of the API."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cinema.core.local_time import to_local, today
from cinema.entrance import check_in
from cinema.queries.entrance import SOON, VisitorCounts


@dataclass(frozen=True)
class Panel:
    """One line each; an empty one is not shown. `kind`: ready, in or refused; the script has more."""

    kind: str = "ready"
    word: str = "Ready"
    name: str = ""
    seat: str = ""
    what: str = ""
    day: str = ""
    age: str = ""
    purchase: str = ""
    reason: str = ""


def refused(reason: str) -> Panel:
    return Panel("refused", "Not admitted", reason=reason)


def admitted(admission: check_in.Admission, purchase: VisitorCounts) -> Panel:
    ticket = admission.ticket
    holder, begins = ticket.user, to_local(ticket.session.starts_at)
    return Panel(
        "in",
        "Come in",
        name=(holder.name or holder.username) if holder else "",
        seat=f"Seat {ticket.seat.label}",
        what=f"{ticket.session.movie.title} · Room {ticket.session.room.number} · {begins:%H:%M}",
        day=another_day(begins),
        age=to_check(ticket.session.movie.age_restriction, admission.age),
        purchase=of_several(purchase),
    )


def another_day(begins: datetime) -> str:
    if begins.date() == today() or begins < timezone.now() + SOON:
        return ""
    return f"Not today: {begins:%A} {begins.day} {begins:%B}."


def to_check(limit: int | None, age: int | None) -> str:
    """The account's holder may not be who comes in, so somebody has to look."""
    if not limit:
        return ""
    known = "the account does not say it" if age is None else f"the account's holder is {age}"
    return f"From {limit}: check the age ({known})."


def of_several(purchase: VisitorCounts) -> str:
    if purchase.expected < 2:
        return ""
    return f"{purchase.entered} of {purchase.expected} of this purchase {'is' if purchase.entered == 1 else 'are'} in."
