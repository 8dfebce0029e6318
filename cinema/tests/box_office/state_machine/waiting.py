"""Acts of people who wait, and what must hold for them when seats appear, for the state machine."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from accounts.people import closing
from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import holds, rules, waiting_list
from cinema.box_office.seat_selection import FreeSeats
from cinema.models import MovieSession, Seat, Ticket, Waiting
from cinema.queries import sessions as session_queries
from cinema.queries import tickets as ticket_queries
from cinema.queries import waiting_list as waiting_queries

customers = st.integers(0, 2)


class WaitingActs:
    """What people who wait do. A customer who gets free seats must not have passed over one who can use them."""

    def open_entry(self, customer, session):
        entries = waiting_queries.open_entries().filter(session=self.session(session))
        return entries.filter(user=self.customers[customer]).first()

    def lasting_rows(self):
        """Return the rows that serving a waiting list does not change."""
        offered = waiting_queries.open_entries().filter(offer__isnull=False).values("offer")
        tickets = Ticket.objects.filter(ticket_queries.occupies_seat()).exclude(purchase__in=offered)
        entries = Waiting.objects.values_list("pk", "user", "session", "quantity", "joined_at")
        kinds = (MovieSession.objects.values_list(), Seat.objects.values_list(), tickets.values_list(), entries)
        return [list(rows.order_by("pk")) for rows in kinds]

    def held_seats(self, user, session):
        held = ticket_queries.valid_holds().filter(user=user, session=session)
        return set(held.values_list("seat", flat=True))

    def usable_entries(self, session):
        """Return the entries without an offer whose customers may be offered seats."""
        found = []
        for entry in waiting_queries.entries_without_offer().filter(session=session):
            owned = Ticket.objects.filter(ticket_queries.occupies_seat(), session=session, user=entry.user)
            is_choosing = owned.filter(purchased_at=None).exists()
            if not is_choosing and owned.count() + entry.quantity <= settings.TICKETS_PER_CUSTOMER:
                found.append(entry)
        return found

    def check_none_passed_over(self, session, user, new, given_up):
        """Check that no entry of another customer could have used the seats that were free for the `new` ones."""
        row = MovieSession.objects.get(pk=session)
        kinds = Seat.objects.filter(kind=Seat.Kind.STANDARD).values_list("pk", flat=True)
        taken = Ticket.objects.filter(ticket_queries.occupies_seat(), session=row).values("seat")
        free = set(kinds.filter(room=row.room_id, in_use=True).exclude(pk__in=taken)) - given_up
        were_free = len(free) + len(new & set(kinds))
        if new:
            passed_over = [entry for entry in self.usable_entries(row) if entry.user_id != user.pk]
            assert all(entry.quantity > were_free for entry in passed_over)

    def check_lists_are_served(self, sessions):
        """Check that no entry of these sessions can use the seats that are free."""
        for session in MovieSession.objects.filter(pk__in=sessions):
            free = FreeSeats.load(session).count
            assert not rules.is_on_sale(session) or all(one.quantity > free for one in self.usable_entries(session))

    @rule(customer=customers, session=st.integers(0, 9), quantity=st.integers(1, 2))
    def join(self, customer, session, quantity):
        with self.may_be_refused():
            entry, _ = waiting_list.join(self.session(session), self.customers[customer], quantity)
            assert (entry.user, entry.ended_at) == (self.customers[customer], None)

    @rule(customer=customers, session=st.integers(0, 9))
    def leave(self, customer, session):
        with self.may_be_refused():
            waiting_list.leave(self.session(session), self.customers[customer])
            self.check_lists_are_served([self.session(session)])
            assert self.open_entry(customer, session) is None

    @rule(customer=customers, session=st.integers(0, 9), buy=st.booleans())
    def answer_offer(self, customer, session, buy):
        entry = self.open_entry(customer, session)
        if entry and entry.offer_id:
            with self.may_be_refused():
                if buy:
                    self.remember(self.confirm_hold(entry.offer_id, customer))
                else:
                    holds.release(entry.offer_id, self.customers[customer])

    @rule(session=st.integers(0, 9))
    def let_offers_lapse(self, session):
        gone = timezone.now() - timedelta(seconds=1)
        open_offers = waiting_queries.open_entries().filter(session=self.session(session), offer__isnull=False)
        open_offers.update(offer_ends_at=gone)

    @rule()
    def sweep(self):
        waiting_list.sweep()
        assert not waiting_queries.lapsed_entries().exists()
        for session in session_queries.with_seat_counts(MovieSession.objects.all()):
            entries = waiting_queries.entries_without_offer().filter(session=session)
            assert rules.is_on_sale(session) or not entries.exists()

    @rule(customer=customers, erase=st.booleans())
    def close_account(self, customer, erase):
        """Close or erase an account; another customer comes in its place."""
        user = self.customers[customer]
        held = Ticket.objects.filter(user=user.pk, purchased_at=None)
        entries = Waiting.objects.filter(user=user.pk, ended_at=None)
        sessions = {*held.values_list("session", flat=True), *entries.values_list("session", flat=True)}
        if erase:
            closing.close_account(user)
            for known in self.bought.values():
                known.user_id = None if known.user_id == user.pk else known.user_id
        else:
            user.is_active = False
            user.save()
        assert not held.exists()
        assert not entries.exists()
        assert not Ticket.objects.filter(user=None, purchased_at=None).exists()
        self.customers[customer] = ConfirmedUserFactory()
        self.check_lists_are_served(sessions)
