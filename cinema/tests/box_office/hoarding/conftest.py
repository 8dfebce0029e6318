"""The limits as they are delivered; other tests sell without them."""

import pytest


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.UNCONFIRMED_TICKETS, settings.SEATS_PER_ADDRESS, settings.HOLD_MINUTES_PER_HOUR = 2, 60, 15
