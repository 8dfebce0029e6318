import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.tests.conftest import PASSWORD, password_hash
from accounts.tests.factories import UserFactory


@pytest.fixture
def person(db):
    return UserFactory(username="ana", email="ana@example.org", password=password_hash(), name="Ana Kovač")


@pytest.fixture
def signed_in(client, person):
    """A client that signed in on the page, so that the session has its method."""
    client.post(reverse("account_login"), {"login": "ana", "password": PASSWORD})
    return client


@pytest.fixture
def link(settings):
    """Return the path in the last mail whose URL contains this text."""

    def find(part):
        (found,) = re.findall(rf"{re.escape(settings.PUBLIC_URL)}(\S*{part}\S*)", mail.outbox[-1].body)
        return found

    return find
