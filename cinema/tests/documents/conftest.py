from datetime import UTC, datetime, timedelta

import pytest

from accounts.tests.factories import UserFactory
from cinema.models import Seat
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory


@pytest.fixture
def berlin(settings):
    """Set the cinema's time zone to Berlin."""
    settings.CINEMA_NAME, settings.PUBLIC_URL = "Roxy", "https://roxy.example"
    settings.CINEMA_TIME_ZONE = settings.TIME_ZONE = "Europe/Berlin"


@pytest.fixture
def ticket(berlin, db):
    """Return the ticket for seat B7 of "The Mirror", from 20:15 until 22:15 in Berlin on Saturday 21 November 2026."""
    room = RoomFactory(number=2, name="Great Hall", plan__seats_per_row=8)
    session = SessionFactory(
        movie=MovieFactory(title="The Mirror", age_restriction=16),
        room=room,
        starts_at=datetime(2026, 11, 21, 19, 15, tzinfo=UTC),
        ends_at=datetime(2026, 11, 21, 21, 15, tzinfo=UTC),
        room_free_at=datetime(2026, 11, 21, 21, 15, tzinfo=UTC) + timedelta(minutes=15),
    )
    return TicketFactory(
        user=UserFactory(username="ana", name="Ana Beispiel"),
        session=session,
        seat=Seat.objects.get(room=room, row="B", number=7),
        code="ABCDEFGHJKMNPQRS",
    )
