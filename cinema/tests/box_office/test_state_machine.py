"""Whatever people do at the box office and in the programme, one after another: what must hold, holds after each act.

Hypothesis thinks up the acts and, when something breaks, shows the shortest story that breaks it. What happens at the
same moment is in the tests called *_at_once.
"""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from accounts.tests.factories import ManagerFactory, UserFactory
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
from movies.models import Viewing
from movies.tests.factories import MovieFactory

LIMIT = 4
REFUSALS = (Conflict, ValidationError, NotAllowed, PermissionDenied, Http404)
PLANS = ("ssss\nssss\nssss", "ssss\nss_s", "ssss\nssss\nssss\nsssss", "wsss\nssss\ncsss")

customers = st.integers(0, 2)
labels = st.lists(st.sampled_from(["A1", "A2", "A4", "B1", "B2", "B3", "C1", "C4", "D5"]), min_size=1, max_size=3)
quantities = st.integers(1, LIMIT + 1)


@dataclass
class Bought:
    """What we know of a ticket from the answers that we got."""

    user_id: int
    session_id: int
    label: str
    is_cancelled: bool = False
    is_used: bool = False


class BoxOffice(RuleBasedStateMachine):
    purchases = Bundle("purchases")

    def __init__(self) -> None:
        super().__init__()
        self.undoing = transaction.atomic()
        self.undoing.__enter__()
        self.bought: dict[int, Bought] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undoing.__exit__(None, None, None)

    @initialize()
    def open(self):
        self.people = UserFactory.create_batch(3)
        self.manager = ManagerFactory()
        self.movie = MovieFactory(runtime=100)
        self.rooms = [RoomFactory(plan__rows=3, plan__seats_per_row=4) for _ in range(2)]
        self.first = timezone.now().replace(second=0, microsecond=0) + timedelta(days=1)
        for room in self.rooms:
            scheduling.schedule(self.movie, room, self.first)

    # --- What is there to act on. A number picks one, so that stories stay short when they are shortened. ---

    def session(self, number: int) -> int:
        pks = list(MovieSession.objects.order_by("pk").values_list("pk", flat=True))
        return pks[number % len(pks)] if pks else 0

    def ticket(self, number: int) -> int:
        pks = sorted(self.bought)
        return pks[number % len(pks)] if pks else 0

    @contextmanager
    def may_be_refused(self):
        """A refusal leaves everything as it was."""
        before = self.everything()
        try:
            with transaction.atomic():
                yield
        except REFUSALS:
            assert self.everything() == before

    def everything(self):
        kinds = (MovieSession, Seat, Ticket, Waiting)
        return [list(kind.objects.order_by("pk").values_list()) for kind in kinds]

    def note(self, purchase):
        for ticket in ticket_queries.of_purchase(purchase):
            known = Bought(ticket.user_id, ticket.session_id, ticket.seat.label)
            assert self.bought.setdefault(ticket.pk, known).user_id == ticket.user_id

    # --- Acts ---

    @rule(who=customers, session=st.integers(0, 9), seats=labels)
    def buy_named(self, who, session, seats):
        with self.may_be_refused():
            purchase = box_office.buy(self.session(session), self.people[who], seats=seats)
            self.note(purchase)
            assert {row.seat.label for row in ticket_queries.of_purchase(purchase)} == set(seats)

    @rule(who=customers, session=st.integers(0, 9), quantity=quantities)
    def buy_best(self, who, session, quantity):
        with self.may_be_refused():
            purchase = box_office.buy(self.session(session), self.people[who], self.manager, quantity=quantity)
            self.note(purchase)
            assert purchase.tickets.count() == quantity

    @rule(target=purchases, who=customers, session=st.integers(0, 9), seats=labels)
    def hold_named(self, who, session, seats):
        with self.may_be_refused():
            return holds.hold(self.session(session), self.people[who], seats=seats).pk, who
        return multiple()

    @rule(target=purchases, who=customers, session=st.integers(0, 9), quantity=quantities)
    def hold_best(self, who, session, quantity):
        with self.may_be_refused():
            return holds.hold(self.session(session), self.people[who], quantity=quantity).pk, who
        return multiple()

    @rule(purchase=purchases)
    def confirm(self, purchase):
        pk, who = purchase
        held = Ticket.objects.filter(purchase=pk).count()
        with self.may_be_refused():
            confirmed = holds.confirm(pk, self.people[who])
            self.note(confirmed)
            assert confirmed.tickets.count() == held

    @rule(purchase=purchases)
    def extend(self, purchase):
        with self.may_be_refused():
            held = holds.extend(purchase[0], self.people[purchase[1]])
            entry = Waiting.objects.filter(offer=held).first()
            latest = entry.offer_ends_at + offers.HELD_ON if entry else held.created_at + timedelta(minutes=10)
            assert all(row.held_until <= latest for row in held.tickets.all())

    @rule(purchase=purchases)
    def release(self, purchase):
        with self.may_be_refused():
            holds.release(purchase[0], self.people[purchase[1]])
            assert not Ticket.objects.filter(purchase=purchase[0]).exists()

    @rule(purchase=purchases)
    def let_the_hold_run_out(self, purchase):
        held = Ticket.objects.filter(purchase=purchase[0], purchased_at=None)
        held.update(held_until=timezone.now() - timedelta(seconds=1))

    @rule(who=customers, session=st.integers(0, 9), quantity=st.integers(1, 2))
    def join(self, who, session, quantity):
        with self.may_be_refused():
            entry, _ = waiting_list.join(self.session(session), self.people[who], quantity)
            assert (entry.user, entry.ended_at) == (self.people[who], None)

    @rule(who=customers, session=st.integers(0, 9))
    def leave(self, who, session):
        with self.may_be_refused():
            waiting_list.leave(self.session(session), self.people[who])
            assert (
                not waiting_queries.open_entries().filter(user=self.people[who], session=self.session(session)).exists()
            )

    @rule(who=customers, session=st.integers(0, 9), buy=st.booleans())
    def answer_an_offer(self, who, session, buy):
        entry = waiting_queries.open_entries().filter(user=self.people[who], session=self.session(session)).first()
        if entry and entry.offer_id:
            with self.may_be_refused():
                if buy:
                    self.note(holds.confirm(entry.offer_id, self.people[who]))
                else:
                    holds.release(entry.offer_id, self.people[who])

    @rule(session=st.integers(0, 9))
    def let_the_offers_run_out(self, session):
        gone = timezone.now() - timedelta(seconds=1)
        open_offers = waiting_queries.open_entries().filter(session=self.session(session), offer__isnull=False)
        open_offers.update(offer_ends_at=gone)

    @rule()
    def sweep(self):
        waiting_list.sweep()
        assert not waiting_queries.lapsed_entries().exists()
        for session in session_queries.with_seat_counts(MovieSession.objects.all()):
            line = waiting_queries.entries_without_offer().filter(session=session)
            assert rules.is_on_sale(session) or not line.exists()

    @rule(number=st.integers(0, 30), as_manager=st.booleans())
    def cancel(self, number, as_manager):
        pk = self.ticket(number)
        if known := self.bought.get(pk):
            owner = next(person for person in self.people if person.pk == known.user_id)
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

    @rule(session=st.integers(0, 9), room=st.integers(0, 1), minutes=st.integers(-300, 300))
    def move(self, session, room, minutes):
        changes = {"room": self.rooms[room], "starts_at": self.first + timedelta(minutes=minutes)}
        with self.may_be_refused():
            scheduling.change_session(self.session(session), changes)

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
    def let_time_go_by(self, session, ago):
        """The session is running, or over, unless another is in its room then."""
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

    # --- What must hold ---

    @invariant()
    def the_database_agrees(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @invariant()
    def nothing_that_was_bought_is_lost(self):
        rows = {row.pk: row for row in Ticket.objects.select_related("seat", "session")}
        for pk, known in self.bought.items():
            row = rows[pk]
            assert row.purchased_at
            assert (row.user_id, row.session_id, row.seat.label) == (known.user_id, known.session_id, known.label)
            assert (row.cancelled_at is not None, row.used_at is not None) == (known.is_cancelled, known.is_used)
        assert {row.pk for row in rows.values() if row.purchased_at} == self.bought.keys()

    @invariant()
    def everybody_has_a_seat_of_their_own_in_the_right_room(self):
        now = timezone.now()
        taken = defaultdict(set)
        for row in Ticket.objects.filter(cancelled_at=None).select_related("seat", "session"):
            assert row.room_id == row.session.room_id == row.seat.room_id
            assert row.seat_id not in taken[row.session_id]
            taken[row.session_id].add(row.seat_id)
            is_valid = row.purchased_at or row.held_until > now
            assert row.seat.in_use or not is_valid or row.session.ends_at <= now or row.session.cancelled_at

    @invariant()
    def what_is_free_is_what_is_not_taken(self):
        for session in session_queries.with_seat_counts(MovieSession.objects.filter(ends_at__gt=timezone.now())):
            seats = Seat.objects.filter(room=session.room_id, in_use=True).count()
            live = Ticket.objects.filter(ticket_queries.occupies_seat(), session=session, seat__in_use=True).count()
            assert 0 <= session.seats_free == seats - live <= session.seats_total == seats

    @invariant()
    def nobody_has_more_than_the_limit(self):
        have = defaultdict(int)
        for row in Ticket.objects.filter(ticket_queries.occupies_seat()):
            have[row.user_id, row.session_id] += 1
        assert max(have.values(), default=0) <= settings.TICKETS_PER_CUSTOMER

    @invariant()
    def what_is_offered_is_theirs_and_nobody_elses(self):
        now = timezone.now()
        for entry in waiting_queries.open_entries().filter(offer__isnull=False).select_related("offer"):
            held = list(entry.offer.tickets.all())
            assert entry.offer.confirmed_at is None
            assert all((row.user_id, row.session_id) == (entry.user_id, entry.session_id) for row in held)
            assert all(row.purchased_at is None for row in held)
            assert held or entry.offer_ends_at <= now
        nobodys = Waiting.objects.filter(ended_at__isnull=False).exclude(outcome=Waiting.Outcome.TAKEN)
        assert not ticket_queries.valid_holds().filter(purchase__waiting__in=nobodys).exists()

    @invariant()
    def no_two_sessions_have_a_room_at_once(self):
        for room in getattr(self, "rooms", []):
            standing = MovieSession.objects.filter(room=room, cancelled_at=None).order_by("starts_at")
            assert all(one.room_free_at <= following.starts_at for one, following in pairwise(standing))
            assert all(one.starts_at < one.ends_at <= one.room_free_at for one in standing)

    @invariant()
    def whoever_came_in_has_seen_the_film(self):
        used = Ticket.objects.filter(used_at__isnull=False).values_list("user_id", "session__movie_id")
        seen = Viewing.objects.filter(source=Viewing.Source.TICKET).values_list("user_id", "movie_id")
        assert set(used) == set(seen)


@pytest.mark.django_db
def test_what_must_hold_holds_after_every_act(settings):
    settings.TICKETS_PER_CUSTOMER = LIMIT
    run_state_machine_as_test(
        BoxOffice,
        settings=hypothesis_settings(
            max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.django_db
def test_control_a_seat_sold_past_the_rules_is_noticed(settings):
    """The invariants are worth something: a ticket that appears from nowhere breaks them."""

    class Forger(BoxOffice):
        @rule()
        def forge(self):
            session = MovieSession.objects.first()
            seat = session.room.seats.filter(in_use=False).first() or session.room.seats.first()
            purchase = session.purchases.create(user=self.people[0], confirmed_at=timezone.now())
            Ticket.objects.filter(session=session, seat=seat).delete()
            Ticket.objects.create(
                purchase=purchase,
                session=session,
                room=session.room,
                seat=seat,
                user=self.people[0],
                code=f"FORGED{purchase.pk}",
                purchased_at=timezone.now(),
            )

    settings.TICKETS_PER_CUSTOMER = LIMIT
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Forger,
            settings=hypothesis_settings(
                max_examples=20, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
