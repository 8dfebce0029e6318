import re
from itertools import count

import pytest

from accounts.people.demo import PASSWORD
from tests.journeys.steps import PHONE, sign_in

NUMBERS = count(500)


class Entrance:
    """Two sessions of one film with three tickets each, and the scans of their tickets."""

    def __init__(self, site):
        self.site = site
        first = next(NUMBERS)
        self.rooms = [first, next(NUMBERS)]
        self.film = f"Entrance {first}"
        values = (self.film, f"ana{first}", self.rooms)
        printed = site.manage(
            "shell", "-c", f"from tests.journeys.entrance.data import sell_tickets; sell_tickets(*{values!r})"
        )
        rows = [line.split() for line in printed.splitlines() if re.fullmatch(r"\d+( [0-9A-Z]{16}){3}", line)]
        self.sessions = [row[0] for row in rows]
        self.tickets, self.others = (row[1:] for row in rows)

    @property
    def path(self):
        return f"/check-in/{self.sessions[0]}/"

    def scans(self, code):
        printed = self.site.manage(
            "shell", "-c", f"from tests.journeys.entrance.data import print_scans; print_scans({code!r})"
        )
        return [
            line.split(" ") for line in printed.splitlines() if line.startswith(("admitted ", "refused ", "undone "))
        ]


@pytest.fixture
def entrance(site):
    return Entrance(site)


@pytest.fixture
def open_scanner(browser, site):
    """Open a check-in page, signed in as a manager. The console is not checked: refusals and lost requests are errors
    there."""
    contexts = []

    def open_page(path, **options):
        # With a service worker, the browser does not report its requests to the tests.
        options = {"viewport": PHONE, "service_workers": "block"} | options
        contexts.append(browser.new_context(base_url=site.url, **options))
        page = contexts[-1].new_page()
        page.goto(f"/account/sign-in/?next={path}")
        sign_in(page, "manager", PASSWORD)
        page.wait_for_url(f"{site.url}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
