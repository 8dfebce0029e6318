"""Helpers of the tests of rooms."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from cinema.rooms.plans import render
from common.errors import Conflict


def this_second():
    return timezone.now().replace(microsecond=0)


def plan_of(room):
    connection.check_constraints()
    return render(room.seats.filter(in_use=True))


def seat(room, label):
    return room.seats.get(row=label[0], number=label[1:])


def seats_by_label(room):
    """Return label -> (id, in use)."""
    return {seat.label: (seat.pk, seat.in_use) for seat in room.seats.all()}


def conflict_of(act):
    with pytest.raises(Conflict) as caught:
        act()
    return caught.value


def errors_of(act):
    with pytest.raises(ValidationError) as caught:
        act()
    return caught.value.message_dict
