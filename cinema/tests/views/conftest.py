import re

import pytest

from accounts.tests.factories import ConfirmedUserFactory
from cinema.tests.factories import SessionFactory


@pytest.fixture
def ana():
    return ConfirmedUserFactory(username="ana")


@pytest.fixture
def ben():
    return ConfirmedUserFactory(username="ben")


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def session():
    return SessionFactory(movie__title="Heat & <Dust>")


@pytest.fixture
def seat_boxes():
    """Return a function that reads {label: (name, flags)} of every seat of the plan."""

    def read(response):
        found = {}
        for tag in re.findall(r'<input type="checkbox"\s+name="seats"[^>]*>', response.content.decode()):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            flags = {flag for flag in ("checked", "disabled") if re.search(rf"\s{flag}\b", tag)}
            found[attributes["value"]] = (attributes["aria-label"], flags)
        return found

    return read


@pytest.fixture
def alerts():
    """Return a function that reads the refusals shown on a page."""

    def read(response):
        block = re.search(r'class="refused" role="alert">(.*?)</div>', response.content.decode(), re.S)
        return re.findall(r"<p>([^<]+)</p>", block[1]) if block else []

    return read
