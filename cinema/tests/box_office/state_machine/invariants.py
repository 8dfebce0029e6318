"""What must hold after every act of the state machine."""

from collections import Counter, defaultdict
from itertools import pairwise

from django.conf import settings
from django.db import connection
from django.utils import timezone
from hypothesis.stateful import (
    invariant,
)

from cinema.models import MovieSession, Seat, Ticket, Waiting
from cinema.queries import sessions as session_queries
from cinema.queries import tickets as ticket_queries
from cinema.queries import waiting_list as waiting_queries
from movies.models import Viewing


class Invariants:
    """Invariants over the database, and over `bought`: the known tickets by id."""

    @invariant()
    def deferred_constraints_hold(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @invariant()
    def bought_tickets_are_as_the_answers_said(self):
        rows = {row.pk: row for row in Ticket.objects.select_related("seat", "session")}
        for pk, known in self.bought.items():
            row = rows[pk]
            assert row.purchased_at
            assert (row.user_id, row.session_id, row.seat.label) == (known.user_id, known.session_id, known.label)
            assert (row.cancelled_at is not None, row.used_at is not None) == (known.is_cancelled, known.is_used)
        assert {row.pk for row in rows.values() if row.purchased_at} == self.bought.keys()

    @invariant()
    def each_seat_is_taken_once_and_in_the_right_room(self):
        now = timezone.now()
        taken = defaultdict(set)
        for row in Ticket.objects.filter(cancelled_at=None).select_related("seat", "session"):
            assert row.room_id == row.session.room_id == row.seat.room_id
            assert row.seat_id not in taken[row.session_id]
            taken[row.session_id].add(row.seat_id)
            is_valid = row.purchased_at or row.held_until > now
            assert row.seat.in_use or not is_valid or row.session.ends_at <= now or row.session.cancelled_at

    @invariant()
    def seat_counts_match_the_tickets(self):
        live = Counter(
            Ticket.objects.filter(ticket_queries.occupies_seat(), seat__in_use=True).values_list("session", flat=True)
        )
        seats = Counter(Seat.objects.filter(in_use=True).values_list("room", flat=True))
        for session in session_queries.with_seat_counts(MovieSession.objects.filter(ends_at__gt=timezone.now())):
            assert all(number >= 0 for number in session.free_places.values())
            total = seats[session.room_id]
            assert sum(session.free_places.values()) == total - live[session.pk] <= session.seats_total == total

    @invariant()
    def no_customer_exceeds_the_limit(self):
        owned = defaultdict(int)
        for row in Ticket.objects.filter(ticket_queries.occupies_seat(), user__isnull=False):
            owned[row.user_id, row.session_id] += 1
        assert max(owned.values(), default=0) <= settings.TICKETS_PER_CUSTOMER

    @invariant()
    def offers_hold_seats_for_their_entries_only(self):
        now = timezone.now()
        for entry in waiting_queries.open_entries().filter(offer__isnull=False).select_related("offer"):
            held = list(entry.offer.tickets.all())
            assert entry.offer.confirmed_at is None
            assert all((row.user_id, row.session_id) == (entry.user_id, entry.session_id) for row in held)
            assert all(row.purchased_at is None for row in held)
            assert held or entry.offer_ends_at <= now
        ended = Waiting.objects.filter(ended_at__isnull=False).exclude(outcome=Waiting.Outcome.TAKEN)
        assert not ticket_queries.valid_holds().filter(purchase__waiting__in=ended).exists()

    @invariant()
    def sessions_in_a_room_do_not_overlap(self):
        rows = list(MovieSession.objects.filter(cancelled_at=None).order_by("room_id", "starts_at"))
        pairs = [(first, second) for first, second in pairwise(rows) if first.room_id == second.room_id]
        assert all(first.room_free_at <= second.starts_at for first, second in pairs)
        assert all(row.starts_at < row.ends_at <= row.room_free_at for row in rows)

    @invariant()
    def used_tickets_have_viewings(self):
        used = Ticket.objects.filter(used_at__isnull=False, user__isnull=False).values_list(
            "user_id", "session__movie_id"
        )
        seen = Viewing.objects.filter(source=Viewing.Source.TICKET).values_list("user_id", "movie_id")
        assert set(used) == set(seen)
