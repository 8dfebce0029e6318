"""What the rules of a sale look at, in one statement: buying and holding read it once they have their locks.

The number of statements is what bounds a rush (benchmarks/topics/tickets.py). What few customers have, such as earlier
tickets for the session, is only looked for here, and read in full where it is there.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from cinema.box_office import hoarding, rules
from cinema.models import MovieSession, Room, Ticket

# The email is confirmed as in accounts.queries.is_confirmed, tickets are those of rules.own_tickets, and claims those
# of hoarding.find_claims.
FACTS = """
SELECT movie.title, movie.age_restriction, room.number, room.name,
    EXISTS (
        SELECT FROM account_emailaddress WHERE user_id = %(user)s AND verified AND lower(email) = lower(%(email)s)
    ),
    EXISTS (SELECT FROM cinema_waiting WHERE session_id = session.id AND ended_at IS NULL),
    EXISTS (
        SELECT FROM cinema_ticket WHERE session_id = session.id AND user_id = %(user)s AND cancelled_at IS NULL
        AND (purchased_at IS NOT NULL OR held_until >= statement_timestamp())
    ),
    EXISTS (
        SELECT FROM cinema_claim WHERE session_id = session.id AND ended_at > %(since)s
        AND (user_id = %(user)s OR address_hash <> '' AND address_hash = %(address)s)
    )
FROM cinema_moviesession AS session
JOIN movies_movie AS movie ON movie.id = session.movie_id
JOIN cinema_room AS room ON room.id = session.room_id
WHERE session.id = %(session)s
"""


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
    values: dict[str, Any] = {
        "session": session.pk,
        "user": user.pk,
        "email": user.email,
        "address": address_hash,
        "since": timezone.now() - hoarding.SEATS_WINDOW,
    }
    with connection.cursor() as cursor:
        cursor.execute(FACTS, values)
        film, age_limit, number, name, *found = cursor.fetchone()
    return SaleFacts(session, user, address_hash, film, age_limit, Room(session.room_id, number, name), *found)
