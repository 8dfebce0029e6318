"""What the rules of a sale look at, in one statement: buying and holding read it once they have their locks.

The number of statements is what bounds a rush (benchmarks/topics/tickets.py). What few customers have, such as earlier
tickets for the session, is only looked for here, and read in full where it is there.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.queries import confirmed_addresses
from cinema.box_office import hoarding, rules
from cinema.models import MovieSession, Room, Ticket
from cinema.queries.waiting_list import open_entries
from common.database.kept import Parameter, kept_query


@kept_query
def _facts(
    *, session: Parameter, user: Parameter, email: Parameter, address: Parameter, since: Parameter
) -> QuerySet[MovieSession, Any]:
    sessions = MovieSession.objects.filter(pk=session).order_by()
    return sessions.values_list(
        "movie__title",
        "movie__age_restriction",
        "room__number",
        "room__name",
        Exists(confirmed_addresses(user, email)),
        Exists(open_entries().filter(session=session)),
        Exists(rules.tickets_of(session, user)),
        Exists(hoarding.claims_of(session, user, address, since)),
    )


@dataclass(frozen=True)
class SaleFacts:
    """The facts for one customer in one session. `address_hash` is the client's, which is locked, or empty."""

    session: MovieSession
    user: User
    address_hash: str
    film: str
    age_limit: int | None
    room: Room
    is_confirmed: bool
    is_waited_for: bool
    has_tickets: bool
    has_claims: bool

    def load_own_tickets(self) -> list[Ticket]:
        """Return rules.own_tickets. The waiting list, which is served before, may have offered the customer seats."""
        return rules.own_tickets(self.session, self.user) if self.has_tickets or self.is_waited_for else []

    def load_claims(self) -> hoarding.Claims:
        """Return the claims that count for the customer; without an address, hoarding.load_claims finds one."""
        if self.has_claims and not self.address_hash:
            return hoarding.load_claims(self.session, self.user)
        rows = hoarding.find_claims(self.session, self.user, self.address_hash) if self.has_claims else []
        return hoarding.Claims(self.session, self.user, self.address_hash, self.is_confirmed, rows)


def load_facts(session: MovieSession, user: User, address: str = "") -> SaleFacts:
    """Lock the client's `address` in the session, if it is known, and read the facts.

    Needs the locks on session and user, before seats: see cinema.core.locks.
    """
    address_hash = hoarding.lock_client(session, address)
    since = timezone.now() - hoarding.SEATS_WINDOW
    facts = _facts(session=session.pk, user=user.pk, email=user.email, address=address_hash, since=since)
    film, age_limit, number, name, *found = facts[0]
    return SaleFacts(session, user, address_hash, film, age_limit, Room(session.room_id, number, name), *found)
