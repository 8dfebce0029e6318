from dataclasses import replace

import pytest

from accounts.notifications import kinds
from accounts.tests.factories import ConfirmedUserFactory
from accounts.tests.kinds import TICKETS


@pytest.fixture
def reader():
    return ConfirmedUserFactory(username="reader", name="Ana Kovač")


@pytest.fixture
def replace_tickets():
    """Return a function that replaces attributes of the kind TICKETS."""

    def replace_kind(**changes):
        kinds._registry[TICKETS.value] = replace(TICKETS, **changes)

    return replace_kind
