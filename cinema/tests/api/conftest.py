import json

import pytest
from django.test import Client

from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory


@pytest.fixture(autouse=True)
def _no_limits(settings):
    """Raise the rate limits; the tests of limits set their own."""
    settings.THROTTLE_USER = settings.THROTTLE_ANON = settings.THROTTLE_PURCHASE = "10000/min"


@pytest.fixture
def customer():
    return ConfirmedUserFactory(username="customer")


@pytest.fixture
def other():
    return ConfirmedUserFactory(username="other")


@pytest.fixture
def manager():
    return ManagerFactory(username="manager")


@pytest.fixture
def ask():
    """Return `ask("POST", "tickets", user, {...})`, which sends JSON; a text body is sent unchanged."""
    clients = {}

    def client_of(user):
        """Return a client signed in once, so that later queries can be counted."""
        if user not in clients:
            clients[user] = Client()
            if user:
                clients[user].force_login(user)
        return clients[user]

    def send(method, path, user=None, body=None, **headers):
        client = client_of(user)
        text = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
        return client.generic(method, f"/api/v1/{path}", text, "application/json", headers=headers)

    return send
