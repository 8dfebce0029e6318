from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory


@pytest.fixture
def manager(client):
    user = ManagerFactory(username="manager")
    client.force_login(user)
    return user


@pytest.fixture
def ahead():
    """Return a function for a moment so many days and hours from this minute."""

    def moment(days=1, hours=0):
        return timezone.now().replace(second=0, microsecond=0) + timedelta(days=days, hours=hours)

    return moment
