"""Check-in over an unreliable network: queued scans, lost answers and other managers on the same phone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from accounts.people.demo import PASSWORD
from tests.conftest import wait_until
from tests.journeys.entrance.data import add_manager
from tests.journeys.entrance.steps import expect_panel, expect_people, queue, type_like_a_scanner
from tests.journeys.steps import assert_accessible_and_fits, press, sign_in

# All of these share one running site.
pytestmark = pytest.mark.xdist_group("site 2")


MINUTE = timedelta(minutes=1)


def time_of(page):
    return datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC)


def test_a_scan_without_a_network_is_queued_with_its_time(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    before = time_of(page)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Queued", "Not admitted yet.")
    after = time_of(page)
    expect(queue(page)).to_have_count(1)
    expect(page.get_by_role("heading", name="1 queued, not admitted yet")).to_be_visible()
    assert_accessible_and_fits(page)
    type_like_a_scanner(page, entrance.tickets[0].lower())
    expect_panel(page, "queued", re.compile(r"Already queued at \d\d:\d\d\. Not admitted yet\."))
    expect(queue(page)).to_have_count(1)
    assert entrance.scans(entrance.tickets[0]) == []
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(entrance.path)
    expect_people(page, 1)
    expect(page.locator("#queue")).to_be_hidden()
    ((outcome, scanned_at, by, _),) = entrance.scans(entrance.tickets[0])
    assert (outcome, by) == ("admitted", "manager")
    # The site's time comes over the network, so that a device knows it less exactly where the machine is busy.
    assert before - MINUTE <= scanned_at <= after + MINUTE


def test_queued_scans_are_sent_when_the_network_is_back(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.context.set_offline(False)
    expect_panel(page, "in", "Come in", "Seat A1")
    expect(page.locator("#queue")).to_be_hidden()


def test_the_scanner_reloads_without_a_network(open_scanner, entrance):
    page = open_scanner(entrance.path, service_workers="allow")
    wait_until(lambda: page.evaluate("async path => Boolean(await caches.match(path))", entrance.path))
    wait_until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.reload()
    expect(queue(page)).to_have_count(1)
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "queued", "Not admitted yet.")
    expect(queue(page)).to_have_count(2)
    page.context.set_offline(False)
    expect_panel(page, "in", "Seat A2")
    expect(page.locator("#queue")).to_be_hidden()
    assert [row[0] for code in entrance.tickets[:2] for row in entrance.scans(code)] == ["admitted", "admitted"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_scan_is_sent_again_after_an_error(open_scanner, entrance, status):
    page = open_scanner(entrance.path)
    sent = []

    def refuse_once(route):
        sent.append(route.request.post_data_json)
        if len(sent) == 1:
            route.fulfill(status=status, json={"message": "Later."}, headers={"Retry-After": "1"})
        else:
            route.continue_()

    page.route("**/api/v1/tickets/check-in", refuse_once)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert sent[1] == sent[0] | {"seconds_ago": sent[1]["seconds_ago"]}
    assert len(entrance.scans(entrance.tickets[0])) == 1


def test_a_lost_answer_does_not_admit_twice(open_scanner, entrance):
    """The site got the request, but its answer was lost."""
    page = open_scanner(entrance.path)
    heard = []

    def lose_the_first(route):
        heard.append(route.fetch().status)
        if len(heard) == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/tickets/check-in", lose_the_first)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert heard == [200, 200]
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted"]


def test_a_hotspot_page_is_not_an_answer(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.route("**/api/v1/tickets/check-in", lambda route: route.fulfill(status=200, body="<h1>Welcome</h1>"), times=1)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert len(entrance.scans(entrance.tickets[0])) == 1


def test_one_ticket_at_two_entrances_without_a_network(open_scanner, entrance):
    east, west = open_scanner(entrance.path), open_scanner(entrance.path)
    for page, name in ((east, "East"), (west, "West")):
        page.get_by_label("Name of this entrance").fill(name)
        page.context.set_offline(True)
        page.get_by_label("Ticket code").focus()
        type_like_a_scanner(page, entrance.tickets[0])
        expect_panel(page, "queued", "Not admitted yet.")
    west.context.set_offline(False)
    expect_panel(west, "in", "Come in")
    # The next visitor is at the other entrance when its refusal arrives.
    type_like_a_scanner(east, entrance.tickets[1])
    expect_panel(east, "queued", "Not admitted yet.")
    east.context.set_offline(False)
    expect_panel(east, "in", "Seat A2")
    late = east.locator("#queue li.refused")
    expect(late).to_contain_text("Not admitted")
    expect(late).to_contain_text(", at West, by manager.")
    expect(east.locator("#late")).to_contain_text("Not admitted after waiting: Already used: ")
    expect(east.get_by_role("heading", name="1 refused after waiting")).to_be_visible()
    assert_accessible_and_fits(east)
    assert sorted((row[0], row[3]) for row in entrance.scans(entrance.tickets[0])) == [
        ("admitted", "West"),
        ("refused", "East"),
    ]
    east.reload()
    expect(late).to_have_count(1)  # until it is dismissed
    press(east, late.get_by_role("button", name=re.compile("^Dismiss")))
    expect(east.locator("#queue")).to_be_hidden()


def test_signing_in_again_sends_the_queue(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.clear_cookies(name="sessionid")
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.locator("#signed-out").get_by_role("link", name="Sign in again").click()
    sign_in(page, "manager", PASSWORD)
    page.wait_for_url(f"{entrance.site.url}{entrance.path}")
    expect_people(page, 1)
    expect(page.locator("#queue")).to_be_hidden()
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted"]


def test_another_manager_on_the_same_phone_does_not_send_the_queue(open_scanner, entrance, site):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    name = f"mia{entrance.rooms[0]}"
    site.call(add_manager, name, PASSWORD)
    page.context.clear_cookies()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(f"/account/sign-in/?next={entrance.path}")
    sign_in(page, name, PASSWORD)
    page.wait_for_url(f"{entrance.site.url}{entrance.path}")
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "in", "Seat A2")
    expect(page.locator("#queue")).to_be_hidden()
    assert entrance.scans(entrance.tickets[0]) == []
