import json

import pytest
from django.test import Client

from accounts.tests.factories import ManagerFactory, UserFactory


@pytest.fixture(autouse=True)
def _no_limits(settings):
    """What is tested here is not how often one may ask."""
    settings.THROTTLE_USER = settings.THROTTLE_ANON = settings.THROTTLE_PURCHASE = "10000/min"


@pytest.fixture
def customer():
    return UserFactory(username="customer")


@pytest.fixture
def other():
    return UserFactory(username="other")


@pytest.fixture
def manager():
    return ManagerFactory(username="manager")


@pytest.fixture
def ask():
    """`ask("POST", "tickets", user, {...})` sends JSON; a body that is a text is sent as it is."""
    clients = {}

    def client_of(user):
        """Signed in once, so that queries can be counted."""
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
