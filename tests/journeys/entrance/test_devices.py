"""Check-in with devices whose clock is wrong, or whose scanner has another keyboard layout, online and offline."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.journeys.entrance.steps import expect_panel, queue, type_like_a_scanner

# All of these share one running site.
pytestmark = pytest.mark.xdist_group("site 2")

HOUR = timedelta(hours=1)
# The site's time comes over the network, so that a device knows it less exactly where the machine is busy.
MINUTE = timedelta(minutes=1)
WRONG = {"two minutes fast": timedelta(minutes=2), "30 hours slow": -30 * HOUR, "a year fast": timedelta(days=365)}
# What arrives of a US scanner's keys.
FRENCH = str.maketrans("1234567890AQWZM", "&é\"'(-è_çàQAZW?")
RUSSIAN = str.maketrans("ABCDEFGHJKMNPQRSTVWXYZ", "ФИСВУАПРОЛЬТЗЙКЫЕМЦЧНЯ")
GERMAN = str.maketrans("YZ", "ZY")


def set_clock(page, ahead):
    """Set the device's clock, on this page and the next ones; `performance` goes on as before."""
    milliseconds = ahead / timedelta(milliseconds=1)
    script = f"{{ const now = Date.realNow ?? Date.now; Date.realNow = now; Date.now = () => now() + {milliseconds}; }}"
    page.evaluate(script)
    page.add_init_script(script)


def scan_times(entrance, ticket):
    return [(outcome, at) for outcome, at, *_ in entrance.scans(ticket)]


def assert_admitted_between(entrance, ticket, before, after):
    ((outcome, at),) = scan_times(entrance, ticket)
    assert outcome == "admitted"
    assert before - MINUTE <= at <= after + MINUTE


@pytest.mark.parametrize("ahead", WRONG.values(), ids=WRONG)
def test_a_wrong_clock_admits_live_and_queued_scans(open_scanner, entrance, ahead):
    page = open_scanner("/check-in/")
    set_clock(page, ahead)
    page.goto(entrance.path)
    begun = datetime.now(UTC)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Seat A1")
    expect(page.locator("#answer")).not_to_contain_text("Not today")
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "queued")
    ended = datetime.now(UTC)
    page.context.set_offline(False)
    expect_panel(page, "in", "Seat A2")
    for ticket in entrance.tickets[:2]:
        assert_admitted_between(entrance, ticket, begun, ended)


@pytest.mark.parametrize("ahead", [-30 * HOUR, 30 * HOUR], ids=["set back", "set forward"])
@pytest.mark.parametrize("moment", ["before the scan", "after the scan"])
def test_a_queue_is_kept_while_the_clock_is_set(open_scanner, entrance, ahead, moment):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    if moment == "before the scan":
        set_clock(page, ahead)
    begun = datetime.now(UTC)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued")
    ended = datetime.now(UTC)
    if moment == "after the scan":
        set_clock(page, ahead)
    page.context.set_offline(False)
    expect_panel(page, "in", "Seat A1")
    assert_admitted_between(entrance, entrance.tickets[0], begun, ended)


def test_a_queue_outlives_its_page_and_the_clock(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    begun = datetime.now(UTC)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued")
    ended = datetime.now(UTC)
    set_clock(page, -30 * HOUR)
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(entrance.path)
    expect(page.locator("#queue")).to_be_hidden()
    wait_until(lambda: scan_times(entrance, entrance.tickets[0]))
    assert_admitted_between(entrance, entrance.tickets[0], begun, ended)


def type_on(layout, page, code):
    # Playwright puts signs of other keyboards into the focused field and presses no key, which would bring the focus.
    expect(page.locator("#code")).to_be_focused()
    type_like_a_scanner(page, code.translate(layout))


def test_scanners_with_another_keyboard_layout(open_scanner, entrance):
    page = open_scanner(entrance.path)
    for number, layout in enumerate((FRENCH, RUSSIAN, GERMAN)):
        type_on(layout, page, entrance.tickets[number])
        expect_panel(page, "in", f"Seat A{number + 1}")
    type_on({}, page, "αβγδεζηθικλμνξοπ")
    expect_panel(page, "refused", "There is no ticket with this code.", "keyboard layout is wrong")


def test_scanners_with_another_keyboard_layout_without_a_network(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    for layout in (FRENCH, RUSSIAN, GERMAN):
        type_on(layout, page, entrance.tickets[0])
        expect_panel(page, "queued", "Already queued at ")
    type_like_a_scanner(page, entrance.tickets[1].translate(RUSSIAN))
    expect(queue(page)).to_have_count(2)
    type_on({}, page, "αβγδεζηθικλμνξοπ")
    expect_panel(page, "refused", "This is not a ticket code.", "keyboard layout is wrong")
    expect(queue(page)).to_have_count(2)
    page.context.set_offline(False)
    expect(page.locator("#queue")).to_be_hidden()
    for ticket in (entrance.tickets[0], entrance.tickets[1].translate(RUSSIAN)):
        assert [outcome for outcome, _ in scan_times(entrance, ticket)] == ["admitted"]
