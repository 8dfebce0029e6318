import pytest

from accounts.tests.factories import UserFactory


@pytest.fixture
def ana():
    return UserFactory()


@pytest.fixture
def signed_in(client, ana):
    """A client of Ana, signed in."""
    client.force_login(ana)
    return client
