"""A session that is moved while people choose its seats."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.visits import choose, own_tickets, tap

pytestmark = pytest.mark.xdist_group("site 1")

with_and_without_script = pytest.mark.parametrize("scripted", [True, False], ids=["script", "no-script"])


def get(page):
    return page.get_by_role("button", name="Get 1 ticket", exact=True)


@pytest.fixture
def move(manager):
    """Return a function that moves a session by a day and returns the new start, as pages have it."""

    def by_a_day(session):
        later = datetime.fromisoformat(session["starts_at"]) + timedelta(days=1)
        manager.ask("PATCH", f"/movie-sessions/{session['id']}", starts_at=later.isoformat())
        return re.compile(f"^{later.astimezone(ZoneInfo('Europe/Vienna')):%Y-%m-%dT%H:%M}")

    return by_a_day


def start(page):
    return page.locator(".session-head time")


@with_and_without_script
def test_held_seats_are_bought_from_the_page_that_shows_the_new_time(newcomer, showing, move, scripted):
    session = showing()
    page = newcomer(f"/sessions/{session['id']}/", java_script_enabled=scripted)
    choose(page, "A1", scripted=scripted)
    later = move(session)
    get(page).click()
    expect(page.get_by_role("alert")).to_contain_text("This session has moved since you chose.")
    expect(start(page)).to_have_attribute("datetime", later)
    get(page).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This seat is yours")
    assert [ticket["seat"] for ticket in own_tickets(page)] == ["A1"]


def test_a_tap_on_a_plan_from_before_the_move_shows_the_new_time_first(newcomer, showing, move):
    session = showing()
    page = newcomer(f"/sessions/{session['id']}/")
    later = move(session)
    tap(page, "A1")
    expect(page.get_by_role("alert")).to_contain_text("This session has moved since you chose.")
    expect(start(page)).to_have_attribute("datetime", later)
    later = move({**session, "starts_at": start(page).get_attribute("datetime")})
    tap(page, "A2")  # the second seat, after another move
    expect(start(page)).to_have_attribute("datetime", later)
    expect(page.get_by_role("alert")).to_contain_text("This session has moved since you chose.")
    page.get_by_role("button", name="Get 2 tickets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("These seats are yours")
