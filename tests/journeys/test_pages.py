"""What visitors do, in a real Chromium against the whole running site."""

import json
import re
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from catalog_sync.tasks import sync_genres, sync_movies
from catalog_sync.tests.fakes.tmdb import movie_json
from tests.conftest import wait_until
from tests.journeys.steps import PHONE, SIZES, assert_accessible_and_fits, film_path, press, sign_in, tab_to
from tests.visits import sign_in_directly

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 1")

PAGES = ["/", "/movies/", "/movies/?query=amelie&year_min=x", "/movies/?query=nothing+like+this", "/nowhere/"]
ENTRANCE = ["/account/sign-in/", "/account/sign-up/", "/account/password/reset/"]
OWN_PAGES = ["", "preferences/", "email/", "password/", "sessions/", "second-factor/", "delete/"]


def test_find_amelie_with_the_keyboard_only_on_a_phone(visit):
    page = visit("/", viewport=PHONE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    search = page.get_by_role("navigation", name="Dock").get_by_role("link", name="Search")
    tab_to(page, search)
    page.keyboard.press("Enter")
    field = page.get_by_role("combobox", name="Search films and people")
    tab_to(page, field)
    page.keyboard.type("amelei")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"query=amelei"))
    card = page.get_by_role("link", name=re.compile("^Amélie"))
    tab_to(page, card)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Amélie")
    expect(page).to_have_title(re.compile("Amélie"))


def test_filters_can_be_set_and_removed_without_javascript(visit):
    page = visit("/movies/", java_script_enabled=False)
    page.get_by_role("link", name="Western", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("films")
    westerns = int(page.get_by_role("status").inner_text().split()[0])
    page.get_by_label("To year").fill("1960")
    page.get_by_role("button", name="Show films").click()
    assert 0 < int(page.get_by_role("status").inner_text().split()[0]) < westerns
    page.get_by_role("link", name=re.compile("Remove: .*1960")).click()
    expect(page.get_by_role("status")).to_contain_text(str(westerns))


def test_a_wrong_year_is_explained_beside_its_field(visit):
    page = visit("/movies/?year_min=12")
    expect(page.get_by_text("Enter a year from 1870 to 2200.")).to_be_visible()


def test_pages_of_the_grid_lead_on_and_back(visit):
    page = visit("/movies/?ordering=title")
    first = page.locator(".grid a").first.inner_text()
    page.get_by_role("link", name=re.compile("Next")).click()
    expect(page).to_have_url(re.compile("page=2"))
    assert page.locator(".grid a").first.inner_text() != first
    page.go_back()
    assert page.locator(".grid a").first.inner_text() == first


@pytest.mark.parametrize("path", [*PAGES, *ENTRANCE, "film"])
def test_every_page_is_accessible_and_fits(visit, path):
    page = visit("about:blank", viewport=PHONE)
    page.goto(film_path(page, "gladiator") if path == "film" else path)
    assert_accessible_and_fits(page, *SIZES)


def test_the_api_document_is_readable_under_the_strict_policy(visit):
    page = visit("/api/v1/docs")
    expect(page.get_by_text("/api/v1/movies/search")).to_be_visible()


def test_the_admin_lets_a_manager_look_around(visit):
    page = visit("/admin/")
    sign_in(page, "manager", "marquee-demo")
    expect(page).to_have_url(re.compile("/admin/$"))
    page.goto("/admin/movies/movie/?q=Gladiator")  # other tests bring in more popular films
    expect(page.get_by_role("link", name="Gladiator", exact=True)).to_be_visible()


def test_sign_up_out_and_in_with_the_keyboard_only_on_a_phone(visit):
    page = visit("/", viewport=PHONE)
    press(page, page.get_by_role("banner").get_by_role("link", name="Sign in"))
    press(page, page.get_by_role("link", name="Create an account"))
    typed = {"Username": "journey", "Email": "journey@example.org", "Password": "a long way to the cinema"}
    for label, text in typed.items():
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("You are signed in as journey.")
    press(page, page.get_by_role("banner").get_by_role("link", name="Your account, journey"))
    expect(page.get_by_role("heading", level=1)).to_have_text("journey")
    press(page, page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("status")).to_contain_text("You are signed out.")
    press(page, page.get_by_role("navigation", name="Dock").get_by_role("link", name="You"))
    tab_to(page, page.get_by_label("Username or email"))
    page.keyboard.type("journey")
    page.keyboard.press("Tab")
    page.keyboard.type("a long way to the cinema")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/account/$"))


def test_the_account_works_without_javascript(visit):
    page = visit("/account/preferences/", java_script_enabled=False)
    sign_in(page, "customer", "marquee-demo")
    page.get_by_label("Light").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_label("Same as my device").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your preferences have been saved.")


def test_the_pages_of_an_account_are_accessible_and_fit(visit):
    page = visit("about:blank", viewport=PHONE)
    sign_in_directly(page, "customer2", "marquee-demo")
    for path in OWN_PAGES:
        page.goto(f"/account/{path}")
        assert_accessible_and_fits(page, *SIZES)


def test_ones_own_pages_are_accessible_and_fit(visit):
    page = visit("about:blank", viewport=PHONE)
    sign_in_directly(page, "customer", "marquee-demo")
    for path in ["/", "/ratings/", "/history/", "/my-movies/", "/my-movies/add/", film_path(page, "godfather")]:
        page.goto(path)
        assert_accessible_and_fits(page, *SIZES)


def send_nightly_tasks():
    sync_genres.delay()
    sync_movies.delay(2)


def test_the_nightly_jobs_run_in_the_real_worker(site):
    """Sent to the queue as beat does it; seen on the site through its API."""
    site.tmdb.page(1, [movie_json(number) for number in range(70_000, 70_020)])
    site.tmdb.page(2, [movie_json(number) for number in range(70_020, 70_040)])
    before = total(site)
    site.call(send_nightly_tasks)
    wait_until(lambda: total(site) == before + 40)


def total(site) -> int:
    with urlopen(f"{site.url}/api/v1/movies?limit=1", timeout=60) as response:
        return json.load(response)["meta"]["total"]
