"""Helpers of the tests of the programme."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from common.errors import Conflict

# Behind every clock of a test run, and before the clocks change.
EVENING = datetime(2087, 3, 4, 18, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


def error_of(act):
    """Return the Conflict or ValidationError that `act` raises."""
    with pytest.raises((Conflict, ValidationError)) as caught:
        act()
    connection.check_constraints()
    return caught.value


def code_and_errors(conflict):
    return conflict.code, [tuple(error) for error in conflict.errors]
