"""The watchlist's buttons in a real Chromium: pressed, held, gone back to, and when something is wrong."""

import re

import pytest
from playwright.sync_api import expect

from accounts.people.demo import PASSWORD
from tests.journeys.steps import DESKTOP, PHONE, SIZES, assert_accessible_and_fits, new_context, press, sign_in
from tests.visits import sign_in_directly

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 2")

PRESSED = "aria-pressed"


def bookmark(page, title):
    return page.get_by_role("button", name=f"Watchlist {title}", exact=True)


def test_every_copy_of_a_film_changes_and_the_focus_stays(newcomer):
    page = newcomer("/")
    title = page.locator(".strip .card-title").first.inner_text()
    copies = bookmark(page, title)
    assert copies.count() >= 2, "The most popular film stands in its genres' rows as well."
    first = copies.first
    expect(first).to_have_attribute(PRESSED, "false")
    press(page, first)
    for n in range(copies.count()):
        expect(copies.nth(n)).to_have_attribute(PRESSED, "true")
    expect(first).to_be_focused()
    page.keyboard.press("Space")
    expect(first).to_have_attribute(PRESSED, "false")
    expect(first).to_be_focused()


def test_going_back_shows_how_things_stand(newcomer):
    page = newcomer("/movies/?query=amelie")
    page.locator(".grid .card > a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Amélie")
    button = bookmark(page, "Amélie")
    with page.expect_response("**/watchlist/toggle/"):  # a button shows what it will be at once
        button.click()
    expect(button).to_have_attribute(PRESSED, "true")
    page.go_back()
    expect(bookmark(page, "Amélie")).to_have_attribute(PRESSED, "true")
    page.go_forward()
    expect(bookmark(page, "Amélie")).to_have_attribute(PRESSED, "true")


def test_removed_and_put_back(newcomer):
    page = newcomer("/movies/?query=amelie")
    bookmark(page, "Amélie").click()
    expect(bookmark(page, "Amélie")).to_have_attribute(PRESSED, "true")
    page.goto("/watchlist/")
    heart = page.get_by_role("button", name="Favourite Amélie")
    heart.click()
    expect(heart).to_have_attribute(PRESSED, "true")
    expect(heart).to_be_focused()
    page.get_by_role("link", name="Favourites").click()
    expect(page.get_by_text("1 favourite", exact=True)).to_be_visible()
    remove, put_back = (page.get_by_role("button", name=f"{name} Amélie") for name in ("Remove", "Add it back"))
    remove.click()
    expect(page.get_by_text("Removed.")).to_be_visible()
    expect(put_back).to_be_focused()
    put_back.click()
    expect(remove).to_be_focused()
    remove.click()
    expect(put_back).to_be_visible()
    page.goto("/watchlist/")
    expect(page.get_by_role("heading", name="Your watchlist is empty")).to_be_visible()


def test_without_javascript(newcomer):
    page = newcomer("/movies/?query=amelie", java_script_enabled=False)
    bookmark(page, "Amélie").click()
    expect(page).to_have_url(re.compile(r"/movies/\?query=amelie$"))
    expect(page.get_by_text("“Amélie” has been added to your watchlist.")).to_be_visible()
    expect(bookmark(page, "Amélie")).to_have_attribute(PRESSED, "true")
    page.goto("/watchlist/")
    page.get_by_role("button", name="Remove Amélie").click()
    expect(page.get_by_role("heading", name="Your watchlist is empty")).to_be_visible()


def test_whoever_is_not_newcomer_comes_back_to_the_film(visit):
    page = visit("/movies/?query=amelie")
    page.get_by_role("link", name="Watchlist sign in to add Amélie").click()
    sign_in(page, "customer2", PASSWORD)
    expect(page).to_have_url(re.compile(r"/movies/\?query=amelie$"))
    expect(bookmark(page, "Amélie")).to_be_visible()


@pytest.fixture
def troubled(browser, site):
    """A page of the demo's customer; what it logs to the console is meant to be wrong."""
    context = new_context(browser, site.url, viewport=DESKTOP)
    page = context.new_page()
    sign_in_directly(page, "customer", PASSWORD)
    page.goto("/movies/?query=amelie")
    yield page
    context.close()


def test_a_token_of_an_earlier_sign_in_brings_a_fresh_page(troubled):
    troubled.locator("#watchlist-form [name=csrfmiddlewaretoken]").evaluate("field => { field.value = 'x'.repeat(64) }")
    with troubled.expect_navigation():
        bookmark(troubled, "Amélie").click()
    button = bookmark(troubled, "Amélie")
    before = button.get_attribute(PRESSED)
    button.click()
    expect(button).to_have_attribute(PRESSED, "false" if before == "true" else "true")


def test_whoever_was_signed_out_elsewhere_is_asked_to_sign_in(troubled):
    troubled.context.clear_cookies(name="sessionid")
    bookmark(troubled, "Amélie").click()
    expect(troubled).to_have_url(re.compile(r"/account/sign-in/\?next=/movies/%3Fquery%3Damelie$"))


def test_a_site_that_cannot_be_reached_is_said(troubled):
    troubled.context.set_offline(True)
    bookmark(troubled, "Amélie").click()
    said = troubled.locator("#announcement")
    expect(said).to_have_text("We can't reach the site. Please check your connection and try again.")
    troubled.context.set_offline(False)
    bookmark(troubled, "Amélie").click()
    expect(said).to_have_text("")


def test_a_film_that_is_gone_is_said(troubled):
    troubled.locator("[data-keeps] button").first.evaluate("button => { button.value = '999999999' }")
    bookmark(troubled, "Amélie").click()
    message = "This is no longer there. Reload the page to see the current state."
    expect(troubled.locator("#announcement")).to_have_text(message)


def test_ones_own_pages_are_accessible_and_fit(visit):
    page = visit("about:blank", viewport=PHONE)
    sign_in_directly(page, "manager", PASSWORD)
    page.goto("/watchlist/")
    page.get_by_role("button", name=re.compile("^Remove ")).first.click()
    expect(page.get_by_text("Removed.").first).to_be_visible()
    assert_accessible_and_fits(page, *SIZES)
    page.get_by_role("button", name=re.compile("^Add it back ")).first.click()
    expect(page.get_by_text("Removed.")).to_have_count(0)
    for path in ("/", "/watchlist/?favorite=true", "/movies/?query=amelie", "/account/"):
        page.goto(path)
        assert_accessible_and_fits(page, *SIZES)
