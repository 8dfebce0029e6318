"""Check-in at the entrance in a real Chromium: codes typed by a USB scanner and by hand."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.entrance.steps import expect_panel, expect_people, type_like_a_scanner
from tests.journeys.steps import DESKTOP, SIZES, assert_accessible_and_fits, press, tab_to

# All of these share one running site.
pytestmark = pytest.mark.xdist_group("site 2")


def test_codes_from_a_usb_scanner(open_scanner, entrance):
    page = open_scanner("/check-in/")
    assert_accessible_and_fits(page)
    page.get_by_role("link", name=re.compile(rf"^Room {entrance.rooms[0]}, .*: 0 of 3 in$")).click()
    page.wait_for_load_state()  # a key that comes before the script goes nowhere
    expect(page.get_by_label("Ticket code")).to_be_focused()
    page.get_by_label("Name of this entrance").fill("East")
    page.get_by_role("heading", level=1).click()  # the focus is elsewhere; the scanner's keys go to the field
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in", "Seat A1", "Ana Lima", entrance.film, f"Room {entrance.rooms[0]}")
    expect_panel(page, "in", "From 16: check the age (the account holder is ", "1 of 3 of this purchase is in.")
    expect_people(page, 1)
    expect(page.get_by_label("Ticket code")).to_be_focused()
    type_like_a_scanner(page, entrance.tickets[0].lower())
    expect_panel(page, "refused", "Not admitted", "Already used: ", ", at East, by manager.")
    expect(page.locator("#answer")).to_have_attribute("role", "alert")
    expect(page.locator("#scans li").first).to_contain_text("Not admitted Seat A1, Ana Lima")
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted"]
    page.reload()
    expect(page.get_by_label("Name of this entrance")).to_have_value("East")


def test_a_ticket_for_another_session_and_an_unknown_code(open_scanner, entrance):
    page = open_scanner(entrance.path)
    type_like_a_scanner(page, entrance.others[0])
    expect_panel(page, "refused", f"This ticket is for Room {entrance.rooms[1]}, ", f": {entrance.film}.")
    type_like_a_scanner(page, "NOBODYS")
    expect_panel(page, "refused", "There is no ticket with this code.")
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "in", "Seat A2")
    page.goto("/check-in/any/")
    type_like_a_scanner(page, entrance.others[0])
    expect_panel(page, "in", "Come in", f"Room {entrance.rooms[1]}")


def test_undoing_a_check_in(open_scanner, entrance):
    page = open_scanner(entrance.path)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    press(page, page.get_by_role("button", name="Undo seat A1, Ana Lima").first)
    expect_panel(page, "ready", "Check-in of seat A1 undone.")
    expect_people(page, 0)
    expect(page.locator("#scans li").first).to_contain_text("Undone")
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted", "undone", "admitted"]


def test_without_javascript(open_scanner, entrance):
    page = open_scanner(entrance.path, java_script_enabled=False)
    for kind in ("in", "refused"):
        page.get_by_label("Name of this entrance").fill("West")
        page.get_by_label("Ticket code").fill(entrance.tickets[0])
        page.get_by_role("button", name="Check in").click()
        expect_panel(page, kind)
    expect_panel(page, "refused", ", at West, by manager.")
    expect_people(page, 1)
    page.get_by_role("button", name="Undo seat A1, Ana Lima").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Check-in of seat A1 undone.")


def test_with_the_keyboard_only(open_scanner, entrance):
    page = open_scanner("/check-in/", viewport=DESKTOP)
    press(page, page.get_by_role("link", name=re.compile(rf"^Room {entrance.rooms[0]}, ")))
    expect(page.get_by_label("Ticket code")).to_be_focused()
    page.keyboard.type(entrance.tickets[0])
    press(page, page.get_by_role("button", name="Check in"))
    expect_panel(page, "in", "Come in")
    tab_to(page, page.get_by_label("Name of this entrance"))
    page.keyboard.type("East")
    press(page, page.get_by_role("link", name="Another session"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check-in")


def test_the_pages_are_accessible_and_fit(open_scanner, entrance):
    page = open_scanner("/check-in/")
    assert_accessible_and_fits(page, *SIZES)
    page.goto(entrance.path)
    assert_accessible_and_fits(page, *SIZES)
    for code, kind in ((entrance.tickets[0], "in"), (entrance.tickets[0], "refused")):
        type_like_a_scanner(page, code)
        expect_panel(page, kind)
        assert_accessible_and_fits(page, *SIZES)
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "queued")
    assert_accessible_and_fits(page, *SIZES)
