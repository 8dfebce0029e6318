"""Moves of sessions, and looks at them, for the state machine."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from accounts.models import User
from cinema.box_office import holds
from cinema.models import MovieSession, Purchase
from cinema.programme import scheduling


class MoveActs(RuleBasedStateMachine):
    """Holds and offers of before a move are `outdated`, by the ids of their purchases, until their customer looks."""

    def __init__(self) -> None:
        super().__init__()
        self.outdated: set[int] = set()
        self.customers: list[User]  # made by BoxOfficeActs

    @rule(session=st.integers(0, 9), room=st.integers(0, 1), minutes=st.integers(-300, 300))
    def move(self, session, room, minutes):
        pk = self.session(session)
        before, held = self.slot_of(pk), self.unconfirmed(session=pk)
        changes = {"room": self.rooms[room], "starts_at": self.first + timedelta(minutes=minutes)}
        with self.may_be_refused():
            scheduling.change_session(pk, changes)
            if self.slot_of(pk) != before:
                self.outdated |= held
                self.check_lists_are_served([pk])

    @rule(customer=st.integers(0, 2), session=st.integers(0, 9))
    def look(self, customer, session):
        """Show the session to the customer, as its page does."""
        if row := MovieSession.objects.filter(pk=self.session(session)).first():
            holds.note_shown(row, self.customers[customer])
            self.outdated -= self.unconfirmed(session=row, user=self.customers[customer])

    def confirm_hold(self, pk, customer) -> Purchase:
        """Confirm as the customer; an outdated one that is not bought yet must be refused."""
        is_outdated = pk in self.outdated & self.unconfirmed(pk=pk)
        purchase = holds.confirm(pk, self.customers[customer])
        assert not is_outdated
        return purchase

    @staticmethod
    def slot_of(pk):
        return MovieSession.objects.filter(pk=pk).values_list("starts_at", "ends_at", "room").first()

    @staticmethod
    def unconfirmed(**about) -> set[int]:
        return set(Purchase.objects.filter(confirmed_at=None, **about).values_list("pk", flat=True))
