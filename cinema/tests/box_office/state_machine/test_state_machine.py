"""Random acts at the box office and in the programme, one after another: the invariants hold after each.

Hypothesis invents the acts and, when an invariant fails, shows the shortest run that breaks it. Acts at the same moment
are in the tests called *_at_once.
"""

from unittest import mock

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import (
    rule,
    run_state_machine_as_test,
)

from cinema.box_office import offers
from cinema.models import MovieSession, Ticket
from cinema.tests.box_office.state_machine.acts import LIMIT, BoxOfficeActs
from cinema.tests.box_office.state_machine.invariants import Invariants
from cinema.tests.box_office.state_machine.moves import MoveActs

# A group is begun before single tests, so that this long one is not the last.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("state machine")]


class BoxOffice(Invariants, MoveActs, BoxOfficeActs):
    pass


def test_the_invariants_hold_after_every_act(settings):
    settings.TICKETS_PER_CUSTOMER = LIMIT
    run_state_machine_as_test(
        BoxOffice,
        settings=hypothesis_settings(
            max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.parametrize("is_served", [True, False], ids=["served", "control"])
def test_a_claim_that_passes_over_an_entry_is_noticed(settings, is_served):
    settings.TICKETS_PER_CUSTOMER = LIMIT
    machine = BoxOffice()
    try:
        machine.open()
        held = machine.hold_best(customer=0, session=0, quantity=4)
        machine.buy_best(customer=1, session=0, quantity=2)
        machine.join(customer=1, session=0, quantity=2)
        machine.let_hold_expire(held)
        if is_served:
            machine.buy_best(customer=2, session=0, quantity=2)
            assert machine.open_entry(1, 0).offer
        else:
            with mock.patch.object(offers, "serve_waiting", return_value=None), pytest.raises(AssertionError):
                machine.buy_best(customer=2, session=0, quantity=2)
    finally:
        machine.teardown()


def test_control_a_forged_ticket_violates_the_invariants(settings):
    """A ticket that no act has made breaks the invariants."""

    class Forger(BoxOffice):
        @rule()
        def forge(self):
            session = MovieSession.objects.first()
            seat = session.room.seats.filter(in_use=False).first() or session.room.seats.first()
            purchase = session.purchases.create(user=self.customers[0], confirmed_at=timezone.now())
            Ticket.objects.filter(session=session, seat=seat).delete()
            Ticket.objects.create(
                purchase=purchase,
                session=session,
                room=session.room,
                seat=seat,
                user=self.customers[0],
                code=f"FORGED{purchase.pk}",
                purchased_at=timezone.now(),
            )

    settings.TICKETS_PER_CUSTOMER = LIMIT
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Forger,
            settings=hypothesis_settings(
                # That it fails is enough: the shortest run that does is not looked for.
                phases=[Phase.generate],
                max_examples=20,
                stateful_step_count=10,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
