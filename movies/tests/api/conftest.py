import json

import pytest
from django.test import Client

from accounts.tests.factories import ManagerFactory, UserFactory


@pytest.fixture(autouse=True)
def _no_limits(settings):
    """Switch the rate limits off."""
    settings.THROTTLE_USER = settings.THROTTLE_ANON = "10000/min"


@pytest.fixture
def customer():
    return UserFactory(username="customer")


@pytest.fixture
def ana():
    return UserFactory(username="ana")


@pytest.fixture
def manager():
    return ManagerFactory(username="manager")


@pytest.fixture
def ask():
    """Return a function: `ask("PATCH", "movies/1", user, {...})` sends JSON, or a string as it is."""

    def send(method, path, user=None, body=None, **headers):
        client = Client()
        if user:
            client.force_login(user)
        text = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
        return client.generic(method, f"/api/v1/{path}", text, "application/json", headers=headers)

    return send
