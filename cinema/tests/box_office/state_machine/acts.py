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
from cinema.box_office import holds, offers
from cinema.box_office import purchases as box_office
from cinema.entrance import check_in
from cinema.models import MovieSession, Purchase, Scan, Seat, Ticket, Waiting
from cinema.programme import removal, scheduling
from cinema.queries import tickets as ticket_queries
from cinema.rooms import editing
from cinema.tests.box_office.state_machine.waiting import WaitingActs, customers
from cinema.tests.factories import RoomFactory
from common.errors import Conflict, NotAllowed
from movies.tests.factories import MovieFactory

LIMIT = 4
REFUSALS = (Conflict, ValidationError, NotAllowed, PermissionDenied, Http404)
PLANS = ("sss\nsss", "sss\ns_s", "sss\nsss\ns", "ssss\nssss\nssss", "wss\nsss\ncs")

labels = st.lists(st.sampled_from(["A1", "A2", "A3", "B1", "B2", "B3", "C1", "C4"]), min_size=1, max_size=3)
quantities = st.integers(1, LIMIT + 1)


@dataclass
class KnownTicket:
    """What the answers so far say about a ticket."""

    user_id: int
    session_id: int
    label: str
    is_cancelled: bool = False
    is_used: bool = False


class BoxOfficeActs(WaitingActs, RuleBasedStateMachine):
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
        self.rooms = [RoomFactory(plan__rows=2, plan__seats_per_row=3) for _ in range(2)]
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

    @contextmanager
    def may_be_refused(self):
        """Allow the act to be refused, and check that a refusal changes nothing."""
        before = self.all_rows()
        try:
            with transaction.atomic():
                yield
        except REFUSALS:
            assert self.all_rows() == before

    @contextmanager
    def may_claim(self, customer, session):
        """Allow the claim of seats to be refused, which then only serves the waiting list, and check who gets them."""
        user, pk = self.customers[customer], self.session(session)
        before, held = self.lasting_rows(), self.held_seats(user, pk)
        taken: set[int] = set()
        try:
            with transaction.atomic():
                yield taken
        except REFUSALS:
            assert self.lasting_rows() == before
        else:
            self.check_none_passed_over(pk, user, new=taken - held, given_up=held - taken)

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
        with self.may_claim(customer, session) as taken:
            purchase = box_office.buy(self.session(session), self.customers[customer], seats=seats)
            self.remember(purchase)
            taken.update(purchase.tickets.values_list("seat", flat=True))
            assert {row.seat.label for row in ticket_queries.of_purchase(purchase)} == set(seats)

    @rule(customer=customers, session=st.integers(0, 9), quantity=quantities)
    def buy_best(self, customer, session, quantity):
        row = MovieSession.objects.filter(pk=self.session(session)).first()
        hold = ticket_queries.find_hold(self.customers[customer], row) if row else None
        offered = set(hold.tickets.values_list("seat", flat=True)) if hold and offers.is_offer(hold) else set()
        with self.may_claim(customer, session) as taken:
            purchase = box_office.buy(self.session(session), self.customers[customer], self.manager, quantity=quantity)
            self.remember(purchase)
            taken.update(purchase.tickets.values_list("seat", flat=True))
            assert purchase.tickets.count() == quantity
            assert len(taken & offered) == min(len(offered), quantity)

    @rule(target=purchases, customer=customers, session=st.integers(0, 9), seats=labels)
    def hold_by_label(self, customer, session, seats):
        with self.may_claim(customer, session) as taken:
            hold = holds.hold(self.session(session), self.customers[customer], seats=seats)
            taken.update(hold.tickets.values_list("seat", flat=True))
            return hold.pk, customer
        return multiple()

    @rule(target=purchases, customer=customers, session=st.integers(0, 9), quantity=quantities)
    def hold_best(self, customer, session, quantity):
        with self.may_claim(customer, session) as taken:
            hold = holds.hold(self.session(session), self.customers[customer], quantity=quantity)
            taken.update(hold.tickets.values_list("seat", flat=True))
            return hold.pk, customer
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
            session = Purchase.objects.filter(pk=purchase[0]).values_list("session", flat=True).first()
            holds.release(purchase[0], self.customers[purchase[1]])
            assert not Ticket.objects.filter(purchase=purchase[0]).exists()
            self.check_lists_are_served([session])

    @rule(purchase=purchases)
    def let_hold_expire(self, purchase):
        held = Ticket.objects.filter(purchase=purchase[0], purchased_at=None)
        held.update(held_until=timezone.now() - timedelta(seconds=1))

    @rule(number=st.integers(0, 30), as_manager=st.booleans())
    def cancel(self, number, as_manager):
        pk = self.ticket(number)
        if known := self.bought.get(pk):
            owner = next((user for user in self.customers if user.pk == known.user_id), self.manager)
            with self.may_be_refused():
                box_office.cancel(pk, self.manager if as_manager else owner)
                assert not known.is_used
                known.is_cancelled = True
                self.check_lists_are_served([known.session_id])

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
        seats = Seat.objects.filter(room=self.rooms[room])
        before = list(seats.values())
        with self.may_be_refused():
            editing.change_room(self.rooms[room].pk, {"plan": plan})
            if list(seats.values()) != before:
                self.check_lists_are_served(self.rooms[room].sessions.values_list("pk", flat=True))

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
