from itertools import count

import pytest

from accounts.people.demo import PASSWORD
from tests.journeys.entrance.data import scans_of, sell_tickets
from tests.journeys.steps import PHONE, new_context
from tests.visits import sign_in_directly

NUMBERS = count(500)


class Entrance:
    """Two sessions of one film with three tickets each, and the scans of their tickets."""

    def __init__(self, site):
        self.site = site
        first = next(NUMBERS)
        self.rooms = [first, next(NUMBERS)]
        self.film = f"Entrance {first}"
        sold = site.call(sell_tickets, self.film, f"ana{first}", self.rooms)
        self.sessions = [session for session, _ in sold]
        self.tickets, self.others = (codes for _, codes in sold)

    @property
    def path(self):
        return f"/check-in/{self.sessions[0]}/"

    def scans(self, code):
        return self.site.call(scans_of, code)


@pytest.fixture
def entrance(site):
    return Entrance(site)


@pytest.fixture
def open_scanner(browser, site, fresh_limits):
    """Open a check-in page, signed in as a manager. The console is not checked: refusals and lost requests are errors
    there."""
    contexts = []

    def open_page(path, **options):
        # With a service worker, the browser does not report its requests to the tests.
        options = {"viewport": PHONE, "service_workers": "block"} | options
        contexts.append(new_context(browser, site.url, **options))
        page = contexts[-1].new_page()
        sign_in_directly(page, "manager", PASSWORD)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
