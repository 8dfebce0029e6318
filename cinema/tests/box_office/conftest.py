"""A session in a room of three rows with six seats each, and a customer."""

import pytest

from accounts.tests.factories import UserFactory
from cinema.tests.factories import SessionFactory


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=3, room__plan__seats_per_row=6)


@pytest.fixture
def user():
    return UserFactory()
