"""The people whom a change of a session concerns."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from cinema.models import MovieSession, Ticket, Waiting
from cinema.queries import tickets as rows
from cinema.queries import waiting_list


@dataclass
class Concerned:
    """A person, and what they have in the session. `tickets` and `held` are in the order of the seats.

    `held` are the seats of a valid hold, or of an offer, which `entry` names then.
    """

    user_id: int
    session: MovieSession
    tickets: list[Ticket] = field(default_factory=list)
    held: list[Ticket] = field(default_factory=list)
    entry: Waiting | None = None

    @property
    def offered_until(self) -> datetime | None:
        """Return the end of the offer that the person has."""
        return self.entry.offer_ends_at if self.entry else None


def people_concerned(sessions: Iterable[MovieSession | int], user: User | None = None) -> list[Concerned]:
    """Return everyone who has tickets, held or offered seats, or a place on the waiting list; or only `user`.

    Once for each session and person, in this order, with film and room. Closed accounts are left out. Two queries.
    """
    found: dict[tuple[int, int], Concerned] = {}
    about = {"session__in": list(sessions)} | ({"user": user} if user else {"user__isnull": False})
    entries = waiting_list.open_entries().filter(**about).select_related("session__movie", "session__room")
    lapsed = set()
    for entry in entries.order_by("session", "user"):
        if entry.offer_ends_at and entry.offer_ends_at <= timezone.now():
            lapsed.add(entry.offer_id)
        else:
            key = (entry.session_id, entry.user_id)
            found[key] = Concerned(entry.user_id, entry.session, entry=entry)
    taken = rows.with_details(Ticket.objects.filter(rows.occupies_seat(timezone.now()), **about))
    for ticket in taken.order_by("session", "user", "seat__line", "seat__column", "id"):
        if ticket.purchase_id in lapsed or ticket.user_id is None:
            continue
        key = (ticket.session_id, ticket.user_id)
        person = found.setdefault(key, Concerned(ticket.user_id, ticket.session))
        (person.tickets if ticket.purchased_at else person.held).append(ticket)
    return [found[key] for key in sorted(found)]
