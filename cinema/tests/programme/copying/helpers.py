"""Helpers of the tests of copying."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cinema.core.local_time import to_local
from cinema.models import MovieSession
from common.errors import Conflict

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
MONDAY, NEXT_MONDAY = date(2026, 10, 5), date(2026, 10, 12)
TUESDAY = MONDAY + timedelta(days=1)
WEEK = timedelta(days=7)


def programme():
    """Return (film, room, local start, minutes, published) of every session, in order."""
    return [
        (
            one.movie.title,
            one.room.number,
            f"{to_local(one.starts_at):%d.%m. %H:%M}",
            (one.ends_at - one.starts_at) // timedelta(minutes=1),
            one.published,
        )
        for one in MovieSession.objects.select_related("movie", "room").order_by("starts_at", "room__number")
    ]


def outcomes(copied):
    return [(one.session, one.outcome) for one in copied]


def conflict_of(act):
    before = programme()
    with pytest.raises(Conflict) as caught:
        act()
    assert programme() == before
    return caught.value
