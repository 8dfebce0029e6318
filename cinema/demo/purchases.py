"""Purchases written as rows in bulk: thousands of them would take minutes through the box office.

The callers ask only for what the box office would allow: free seats, and buyers who are old enough. The constraints of
the database apply to these rows too.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from cinema.core.ticket_codes import new_code
from cinema.models import MovieSession, Purchase, Scan, Seat, Ticket
from movies.models import Viewing

ENTRANCE = "Foyer"
EARLIEST, LATEST = 25, 3  # minutes before the session at which people check in


class PurchaseBatch:
    """Purchases that are collected and written by `save`."""

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
        attends: bool = True,
        by: User | None = None,
        cancelled_at: datetime | None = None,
    ) -> None:
        """Add tickets for `user`, bought `at` that time; those of a session that has begun are used if `attends`."""
        purchase = Purchase(user=user, made_by=by or user, session=session, created_at=at, confirmed_at=at)
        self.purchases.append(purchase)
        used = attends and cancelled_at is None and session.starts_at <= timezone.now()
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
        """Write the purchases, with scans and viewings of used tickets; return how many tickets."""
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
                door=ENTRANCE,
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
            ignore_conflicts=True,  # the same film at the same time in two rooms
        )
        return len(self.tickets)
