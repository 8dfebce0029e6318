import pytest

from accounts.tests.factories import UserFactory


@pytest.fixture
def ana(client):
    """A user who is signed in by `client`."""
    user = UserFactory(username="ana")
    client.force_login(user)
    return user


@pytest.fixture
def signed_in(client, ana):
    """A client of Ana, signed in."""
    return client
