"""Acts of customers and managers at the box office and in the programme, for the state machine."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
)

from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from cinema.box_office import holds, offers, rules, waiting_list
from cinema.box_office import purchases as box_office
from cinema.entrance import check_in
from cinema.models import MovieSession, Scan, Seat, Ticket, Waiting
from cinema.programme import removal, scheduling
from cinema.queries import sessions as session_queries
from cinema.queries import tickets as ticket_queries
from cinema.queries import waiting_list as waiting_queries
from cinema.rooms import editing
from cinema.tests.factories import RoomFactory
from common.errors import Conflict, NotAllowed
from movies.tests.factories import MovieFactory

LIMIT = 4
REFUSALS = (Conflict, ValidationError, NotAllowed, PermissionDenied, Http404)
PLANS = ("ssss\nssss\nssss", "ssss\nss_s", "ssss\nssss\nssss\nsssss", "wsss\nssss\ncsss")

customers = st.integers(0, 2)
labels = st.lists(st.sampled_from(["A1", "A2", "A4", "B1", "B2", "B3", "C1", "C4", "D5"]), min_size=1, max_size=3)
quantities = st.integers(1, LIMIT + 1)


@dataclass
class KnownTicket:
    """What the answers so far say about a ticket."""

    user_id: int
    session_id: int
    label: str
    is_cancelled: bool = False
    is_used: bool = False


class BoxOfficeActs(RuleBasedStateMachine):
    """What customers and managers do, one act after another. A refused act must change nothing."""

    purchases = Bundle("purchases")

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.bought: dict[int, KnownTicket] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    @initialize()
    def open(self):
        self.customers = ConfirmedUserFactory.create_batch(3)
        self.manager = ManagerFactory()
        self.movie = MovieFactory(runtime=100)
        self.rooms = [RoomFactory(plan__rows=3, plan__seats_per_row=4) for _ in range(2)]
        self.first = timezone.now().replace(second=0, microsecond=0) + timedelta(days=1)
        for room in self.rooms:
            scheduling.schedule(self.movie, room, self.first)

    # --- Rows to act on, picked by number, so that Hypothesis can shorten a failing run. ---

    def session(self, number: int) -> int:
        pks = list(MovieSession.objects.order_by("pk").values_list("pk", flat=True))
        return pks[number % len(pks)] if pks else 0

    def ticket(self, number: int) -> int:
        pks = sorted(self.bought)
        return pks[number % len(pks)] if pks else 0

    def open_entry(self, customer: int, session: int) -> Waiting | None:
        entries = waiting_queries.open_entries().filter(session=self.session(session))
        return entries.filter(user=self.customers[customer]).first()

    @contextmanager
    def may_be_refused(self):
        """Allow the act to be refused, and check that a refusal changes nothing."""
        before = self.all_rows()
        try:
            with transaction.atomic():
                yield
        except REFUSALS:
            assert self.all_rows() == before

    def all_rows(self):
        kinds = (MovieSession, Seat, Ticket, Waiting)
        return [list(kind.objects.order_by("pk").values_list()) for kind in kinds]

    def remember(self, purchase):
        for ticket in ticket_queries.of_purchase(purchase):
            known = KnownTicket(ticket.user_id, ticket.session_id, ticket.seat.label)
            assert self.bought.setdefault(ticket.pk, known).user_id == ticket.user_id

    # --- Acts ---

    @rule(customer=customers, session=st.integers(0, 9), seats=labels)
    def buy_by_label(self, customer, session, seats):
        with self.may_be_refused():
            purchase = box_office.buy(self.session(session), self.customers[customer], seats=seats)
            self.remember(purchase)
            assert {row.seat.label for row in ticket_queries.of_purchase(purchase)} == set(seats)

    @rule(customer=customers, session=st.integers(0, 9), quantity=quantities)
    def buy_best(self, customer, session, quantity):
        with self.may_be_refused():
            purchase = box_office.buy(self.session(session), self.customers[customer], self.manager, quantity=quantity)
            self.remember(purchase)
            assert purchase.tickets.count() == quantity

    @rule(target=purchases, customer=customers, session=st.integers(0, 9), seats=labels)
    def hold_by_label(self, customer, session, seats):
        with self.may_be_refused():
            return holds.hold(self.session(session), self.customers[customer], seats=seats).pk, customer
        return multiple()

    @rule(target=purchases, customer=customers, session=st.integers(0, 9), quantity=quantities)
    def hold_best(self, customer, session, quantity):
        with self.may_be_refused():
            return holds.hold(self.session(session), self.customers[customer], quantity=quantity).pk, customer
        return multiple()

    @rule(purchase=purchases)
    def confirm(self, purchase):
        pk, customer = purchase
        held = Ticket.objects.filter(purchase=pk).count()
        with self.may_be_refused():
            confirmed = self.confirm_hold(pk, customer)
            self.remember(confirmed)
            assert confirmed.tickets.count() == held

    @rule(purchase=purchases)
    def extend(self, purchase):
        with self.may_be_refused():
            held = holds.extend(purchase[0], self.customers[purchase[1]])
            entry = Waiting.objects.filter(offer=held).first()
            latest = entry.offer_ends_at + offers.HELD_ON if entry else held.created_at + timedelta(minutes=10)
            assert all(row.held_until <= latest for row in held.tickets.all())

    @rule(purchase=purchases)
    def release(self, purchase):
        with self.may_be_refused():
            holds.release(purchase[0], self.customers[purchase[1]])
            assert not Ticket.objects.filter(purchase=purchase[0]).exists()

    @rule(purchase=purchases)
    def let_hold_expire(self, purchase):
        held = Ticket.objects.filter(purchase=purchase[0], purchased_at=None)
        held.update(held_until=timezone.now() - timedelta(seconds=1))

    @rule(customer=customers, session=st.integers(0, 9), quantity=st.integers(1, 2))
    def join(self, customer, session, quantity):
        with self.may_be_refused():
            entry, _ = waiting_list.join(self.session(session), self.customers[customer], quantity)
            assert (entry.user, entry.ended_at) == (self.customers[customer], None)

    @rule(customer=customers, session=st.integers(0, 9))
    def leave(self, customer, session):
        with self.may_be_refused():
            waiting_list.leave(self.session(session), self.customers[customer])
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

    @rule(number=st.integers(0, 30), as_manager=st.booleans())
    def cancel(self, number, as_manager):
        pk = self.ticket(number)
        if known := self.bought.get(pk):
            owner = next(user for user in self.customers if user.pk == known.user_id)
            with self.may_be_refused():
                box_office.cancel(pk, self.manager if as_manager else owner)
                assert not known.is_used
                known.is_cancelled = True

    @rule(number=st.integers(0, 30))
    def use(self, number):
        pk = self.ticket(number)
        if known := self.bought.get(pk):
            scans = Scan.objects.count()
            try:
                check_in.check_in(Ticket.objects.get(pk=pk), self.manager)
            except REFUSALS:
                assert known.is_used or known.is_cancelled or self.is_over(known.session_id)
            else:
                assert (known.is_used, known.is_cancelled) == (False, False)
                known.is_used = True
            assert Scan.objects.count() == scans + 1

    @rule(number=st.integers(0, 30))
    def undo(self, number):
        pk = self.ticket(number)
        if known := self.bought.get(pk):
            with self.may_be_refused():
                check_in.undo(pk, self.manager)
                assert known.is_used
                known.is_used = False

    @rule(room=st.integers(0, 1), minutes=st.integers(-300, 300))
    def schedule(self, room, minutes):
        with self.may_be_refused():
            scheduling.schedule(self.movie, self.rooms[room], self.first + timedelta(minutes=minutes))

    @rule(session=st.integers(0, 9), published=st.booleans())
    def publish(self, session, published):
        with self.may_be_refused():
            scheduling.change_session(self.session(session), {"published": published})

    @rule(session=st.integers(0, 9), cancel_tickets=st.booleans())
    def remove(self, session, cancel_tickets):
        pk = self.session(session)
        with self.may_be_refused():
            removal.remove_session(pk, self.manager, cancel_tickets=cancel_tickets)
            live = [known for known in self.bought.values() if known.session_id == pk and not known.is_cancelled]
            assert cancel_tickets or not live
            for known in live:
                known.is_cancelled = not known.is_used

    @rule(room=st.integers(0, 1), plan=st.sampled_from(PLANS))
    def change_plan(self, room, plan):
        with self.may_be_refused():
            editing.change_room(self.rooms[room].pk, {"plan": plan})

    @rule(room=st.integers(0, 1), minutes=st.sampled_from([0, 15, 60]))
    def change_turnaround(self, room, minutes):
        with self.may_be_refused():
            editing.change_room(self.rooms[room].pk, {"turnaround_minutes": minutes})

    @rule(session=st.integers(0, 9), ago=st.sampled_from([timedelta(minutes=5), timedelta(hours=4)]))
    def let_session_start(self, session, ago):
        """Move the session back so that it runs or is over, unless another session is near in its room."""
        row = MovieSession.objects.filter(pk=self.session(session)).first()
        if row is None or row.starts_at <= timezone.now():
            return
        now = timezone.now()
        if any(abs(other.starts_at - now) < timedelta(hours=12) for other in row.room.sessions.all()):
            return
        back = row.starts_at - (now - ago)
        MovieSession.objects.filter(pk=row.pk).update(
            starts_at=row.starts_at - back, ends_at=row.ends_at - back, room_free_at=row.room_free_at - back
        )

    def is_over(self, session_id) -> bool:
        session = MovieSession.objects.get(pk=session_id)
        return session.cancelled_at is not None or session.ends_at <= timezone.now()
