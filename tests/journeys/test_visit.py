"""From "what's on" to the seat, in a real Chromium: with fingers and with keys, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from accounts.people.demo import PASSWORD
from tests.journeys.steps import PHONE, SIZES, assert_accessible_and_fits, press, sign_in, tab_to
from tests.visits import FREE, tap

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 2")

PHONE_IN_HAND = {"viewport": PHONE, "has_touch": True}
# Every finger that comes down, whatever page is there; before the pages' own scripts.
COUNT_TAPS = """addEventListener("pointerdown", () => {
  sessionStorage.taps = Number(sessionStorage.taps ?? 0) + 1;
}, true)"""


def last_session(page):
    """The last session of the programme, which no other test needs."""
    page.goto("/whats-on/")
    page.locator(".days a").last.click()
    page.locator(".slot:not(.sold-out)").last.click()
    expect(page.locator(".plan-rows")).to_be_visible()
    return page.url


def labels(page):
    return sorted(page.locator(".chosen strong").all_inner_texts())


def test_two_seats_by_four_taps(newcomer):
    page = newcomer("/", **PHONE_IN_HAND)
    page.get_by_role("navigation", name="Dock").get_by_role("link", name="What's on").click()
    page.locator(".days a").nth(2).click()
    assert_accessible_and_fits(page)
    page.add_init_script(COUNT_TAPS)
    page.reload()
    page.locator(".slot:not(.sold-out)").first.tap()
    free = page.locator(FREE)
    first, second = free.nth(0), free.nth(1)
    ids = [box.get_attribute("id") for box in (first, second)]
    page.locator(f"label:has(#{ids[0]})").tap()
    expect(page.get_by_role("button", name="Get 1 ticket")).to_be_visible()
    page.locator(f"label:has(#{ids[1]})").tap()
    expect(page.get_by_role("button", name="Get 2 tickets")).to_be_visible()
    expect(page.locator(".countdown-text")).to_have_text(re.compile(r"^0[45]:\d\d$"))
    assert labels(page) == sorted(box.removeprefix("seat-") for box in ids)
    assert_accessible_and_fits(page)
    page.get_by_role("button", name="Get 2 tickets").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("These seats are yours")
    assert page.evaluate("sessionStorage.taps") == "4"
    assert_accessible_and_fits(page)
    page.goto("/tickets/")
    expect(page.locator(".pass")).to_have_count(2)
    assert_accessible_and_fits(page)


def test_a_wheelchair_place_is_named_and_asked_for(newcomer):
    page = newcomer(**PHONE_IN_HAND)
    last_session(page)
    tap(page, page.locator(".seat.wheelchair input:enabled").first)
    expect(page.locator(".chosen .is-special span")).to_have_text("Wheelchair place")
    expect(page.locator(".chosen .is-special span")).to_be_visible()
    question = page.get_by_role("checkbox", name=re.compile("^I need the wheelchair place "))
    page.get_by_role("button", name="Get 1 ticket").tap()
    expect(question).to_be_focused()
    assert_accessible_and_fits(page)
    question.check()
    page.get_by_role("button", name="Get 1 ticket").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("This seat is yours")


def test_the_back_button_buys_nothing_more(newcomer):
    page = newcomer(java_script_enabled=False)
    last_session(page)
    tap(page, page.locator(FREE).first)
    page.get_by_role("button", name="Hold these seats").click()
    page.get_by_role("button", name="Get 1 ticket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This seat is yours")
    bought = page.url
    page.go_back()
    page.go_back()
    again = page.get_by_role("button", name="Get 1 ticket")
    if again.count():
        again.click()
        expect(page).to_have_url(bought)
    page.goto("/tickets/")
    expect(page.locator(".pass")).to_have_count(1)


def test_without_javascript_on_a_phone(newcomer):
    page = newcomer(java_script_enabled=False, **PHONE_IN_HAND)
    last_session(page)
    tap(page, page.locator(FREE).nth(0))
    tap(page, page.locator(FREE).nth(1))
    page.get_by_role("button", name="Hold these seats").click()
    expect(page.locator(".countdown")).to_contain_text(re.compile(r"Held until \d\d:\d\d"))
    page.get_by_role("button", name="Get 2 tickets").click()
    expect(page.locator(".pass")).to_have_count(2)
    page.locator(".pass a").first.click()
    page.get_by_role("link", name="Cancel this ticket").click()
    page.get_by_role("button", name="Cancel the ticket").click()
    expect(page.locator(".state.cancelled")).to_be_visible()


def test_by_keyboard_alone(newcomer):
    page = newcomer()
    last_session(page)
    seats = page.locator(FREE)
    tab_to(page, seats.first)
    page.keyboard.press("ArrowDown")
    moved = page.evaluate("document.activeElement.id")
    assert moved.startswith("seat-")
    assert moved != seats.first.get_attribute("id")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Get 1 ticket")).to_be_visible()
    expect(page.locator(f"#{moved}")).to_be_focused()
    expect(page.locator("#seats-status")).to_have_text(f"Held for you: {moved.removeprefix('seat-')}")
    press(page, page.get_by_role("button", name="Release these seats"))
    expect(page.get_by_role("heading", name="Choose your seats")).to_be_visible()
    press(page, page.get_by_role("button", name="Best available"))
    press(page, page.get_by_role("button", name="Get 2 tickets"))
    expect(page.get_by_role("heading", level=1)).to_have_text("These seats are yours")


@pytest.mark.parametrize("scripted", [True, False])
def test_the_same_seat_wanted_by_a_second_browser(newcomer, scripted):
    first = newcomer()
    second = newcomer(last_session(first), refused=True, java_script_enabled=scripted)
    box = first.locator(FREE).first
    seat = box.get_attribute("id")
    tap(first, box)
    expect(first.get_by_role("button", name="Get 1 ticket")).to_be_visible()
    tap(second, second.locator(f"#{seat}"))
    if not scripted:
        second.get_by_role("button", name="Hold these seats").click()
    expect(second.get_by_role("alert")).to_contain_text(f"Seat {seat.removeprefix('seat-')} is taken.")
    expect(second.locator(f"#{seat}")).not_to_be_checked()
    first.get_by_role("button", name="Get 1 ticket").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("This seat is yours")


def test_nothing_chosen_any_more(newcomer):
    page = newcomer()
    last_session(page)
    box = page.locator(f"#{page.locator(FREE).first.get_attribute('id')}")
    tap(page, box)
    expect(page.get_by_role("button", name="Get 1 ticket")).to_be_visible()
    tap(page, box)
    expect(page.get_by_role("heading", name="Choose your seats")).to_be_visible()
    expect(box).not_to_be_checked()


def test_signed_out_before_choosing(newcomer):
    page = newcomer()
    where = last_session(page)
    page.context.clear_cookies(name="sessionid")
    tap(page, page.locator(FREE).first)
    expect(page).to_have_url(re.compile(r"/account/sign-in/\?next=/sessions/\d+/$"))
    sign_in(page, "manager", PASSWORD)
    expect(page).to_have_url(where)


def test_the_pages_are_accessible_and_fit(visit):
    page = visit("/whats-on/", viewport=PHONE)
    assert_accessible_and_fits(page, *SIZES)
    page.goto("/whats-on/?by=film")
    assert_accessible_and_fits(page, *SIZES)
    last_session(page)
    assert_accessible_and_fits(page, *SIZES)
    page.get_by_role("link", name="Sign in to buy").click()
    sign_in(page, "customer", PASSWORD)
    expect(page.locator(".plan-rows")).to_be_visible()
    assert_accessible_and_fits(page, *SIZES)
    page.goto("/tickets/")
    assert_accessible_and_fits(page, *SIZES)
    page.locator(".pass a").last.click()  # the first film may have begun
    assert_accessible_and_fits(page, *SIZES)
    page.get_by_role("link", name="Cancel this ticket").click()
    assert_accessible_and_fits(page, *SIZES)
