"""Purchases as rows, many at once: thousands, one by one through the box office, would take minutes.

What the box office would refuse is not asked for: nobody has two seats' worth of one seat, and everybody is of age.
The database's constraints hold for these rows as for all.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from cinema.core.ticket_codes import new_code
from cinema.models import MovieSession, Purchase, Scan, Seat, Ticket
from movies.models import Viewing

DOOR = "Foyer"
EARLIEST, LATEST = 25, 3  # minutes before the film, at which people are at the door


class Buyings:
    """Purchases that are kept together until `save`."""

    def __init__(self) -> None:
        self.purchases: list[Purchase] = []
        self.tickets: list[Ticket] = []
        self.manager = User.objects.filter(role=User.Role.MANAGER, username="manager").first()

    def add(
        self,
        user: User,
        session: MovieSession,
        seats: list[Seat],
        at: datetime,
        come: bool = True,
        by: User | None = None,
        cancelled_at: datetime | None = None,
    ) -> None:
        """Tickets for `user`, bought `at` that time; those of a session that has begun are used if they `come`."""
        purchase = Purchase(user=user, made_by=by or user, session=session, created_at=at, confirmed_at=at)
        self.purchases.append(purchase)
        used = come and cancelled_at is None and session.starts_at <= timezone.now()
        early = timedelta(minutes=LATEST + len(self.purchases) * 7 % (EARLIEST - LATEST))
        for seat in seats:
            self.tickets.append(
                Ticket(
                    purchase=purchase,
                    session=session,
                    room_id=session.room_id,
                    seat=seat,
                    user=user,
                    code=new_code(),
                    purchased_at=at,
                    used_at=session.starts_at - early if used else None,
                    used_by=self.manager if used else None,
                    cancelled_at=cancelled_at,
                    cancelled_by=user if cancelled_at else None,
                )
            )

    def save(self) -> int:
        """Write them, with what used tickets leave behind; returns how many tickets."""
        Purchase.objects.bulk_create(self.purchases)
        Ticket.objects.bulk_create(self.tickets)
        used = [(ticket, ticket.used_at) for ticket in self.tickets if ticket.used_at]
        Scan.objects.bulk_create(
            Scan(
                ticket=ticket,
                code=ticket.code,
                scanned_at=used_at,
                received_at=used_at,
                by=self.manager,
                door=DOOR,
                outcome=Scan.Outcome.ADMITTED,
                details={"watched_at": ticket.session.starts_at.isoformat(), "by_hand": False},
            )
            for ticket, used_at in used
        )
        seen = dict.fromkeys((ticket.user, ticket.session) for ticket, _ in used if ticket.user)
        Viewing.objects.bulk_create(
            (
                Viewing(user=user, movie=session.movie, watched_at=session.starts_at, source=Viewing.Source.TICKET)
                for user, session in seen
            ),
            ignore_conflicts=True,  # the same film twice at once, in two rooms
        )
        return len(self.tickets)
