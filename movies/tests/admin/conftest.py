import pytest

from accounts.tests.factories import ManagerFactory


@pytest.fixture
def manager(client):
    """A manager, signed in to the admin."""
    user = ManagerFactory(username="manager")
    client.force_login(user)
    return user
