"""Pages that are the same for everybody, as someone who is signed in meets them."""

import pytest
from playwright.sync_api import expect

from accounts.people.demo import PASSWORD
from tests.journeys.steps import film_path, press
from tests.visits import sign_in_directly

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 2")

ACCOUNT = "Your account, "


def open_shared(page, path):
    """Open a page, again if it was Django's: the first one says that scripts run."""
    page.goto(path)
    page.goto(path)
    expect(page.locator("html")).to_have_attribute("data-shared", "")
    expect(page.get_by_role("link", name=ACCOUNT)).to_be_visible()


def test_the_frame_and_the_marks_are_filled_in_and_work_by_keyboard(newcomer):
    page = newcomer("/movies/")
    open_shared(page, "/")
    for name in ("Watchlist", "Tickets"):
        expect(page.get_by_role("navigation", name="Main").get_by_role("link", name=name)).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_have_count(0)
    title = page.locator(".strip .card-title").first.inner_text()
    button = page.get_by_role("button", name=f"Watchlist {title}", exact=True).first
    press(page, button)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Your watchlist")).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_a_film_is_rated_on_a_page_for_everybody(newcomer):
    page = newcomer("/movies/")
    open_shared(page, film_path(page, "amelie"))
    page.get_by_role("radio", name="9", exact=True).check(force=True)
    page.get_by_role("button", name="Save rating").click()
    expect(page.get_by_text("You gave it 9 out of 10")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You gave it 9 out of 10")).to_be_visible()


def test_the_theme_is_there_and_the_end_of_a_sign_in_is_noticed(visit):
    page = visit("about:blank")
    sign_in_directly(page, "customer2", PASSWORD)
    page.goto("/account/preferences/")
    page.get_by_label("Light").check()
    page.get_by_role("button", name="Save").click()
    open_shared(page, "/")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.context.clear_cookies(name="sessionid")
    page.goto("/whats-on/")
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name=ACCOUNT)).to_have_count(0)
    page.goto("/")
    expect(page.locator("html")).not_to_have_attribute("data-theme", "light")
