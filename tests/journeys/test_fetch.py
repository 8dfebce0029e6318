"""Managers watch films come in from OMDb, in a real Chromium against the whole running site."""

import re
from time import monotonic

import pytest
from playwright.sync_api import expect

from catalog_sync.tests.fakes.omdb import title_json
from tests.journeys.steps import DESKTOP, PHONE, assert_accessible_and_fits, press, tab_to
from tests.visits import sign_in_directly

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 1")

PASSWORD = "marquee-demo"


@pytest.fixture
def harbours(site):
    """Films for OMDb to find, which it tells slowly enough to be watched."""

    def put(first, number):
        numbers = range(first, first + number)
        site.omdb.titles |= {f"tt{each}": title_json(each, Title=f"Harbour {each}") for each in numbers}

    site.omdb.latency = 0.5
    yield put
    site.omdb.latency = 0
    for imdb_id in [imdb_id for imdb_id, row in site.omdb.titles.items() if row["Title"].startswith("Harbour")]:
        del site.omdb.titles[imdb_id]


def watched(visit, **options):
    page = visit("about:blank", **options)
    sign_in_directly(page, "manager", PASSWORD)
    page.goto("/fetch/")
    return page


def fetch(page, term):
    tab_to(page, page.get_by_label("Title, or a part of it"))
    page.keyboard.type(term)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("viewport", "first"), [(PHONE, 8_000_001), (DESKTOP, 8_100_001)], ids=["phone", "desktop"])
def test_a_fetch_is_watched_by_the_keyboard(visit, site, harbours, viewport, first):
    harbours(first, 30)
    page = watched(visit, viewport=viewport)
    fetch(page, "harbour")
    active, history = page.locator("#active"), page.locator("#history")
    expect(active.get_by_role("heading", name="“harbour”")).to_be_in_viewport()
    expect(active.get_by_text(re.compile(r"[1-9] of 30 films"))).to_be_visible()
    tab_to(page, active.get_by_role("button", name="Cancel “harbour”"))
    done = active.get_by_role("progressbar").get_attribute("value")
    expect(active.get_by_role("progressbar")).not_to_have_attribute("value", done)
    expect(active.get_by_role("button")).to_be_focused()  # though it was drawn anew meanwhile
    assert_accessible_and_fits(page)
    site.omdb.latency = 0
    expect(active).to_be_hidden()
    expect(page.locator("#fetch-status")).to_have_text("“harbour”: completed.")
    press(page, history.get_by_text("30 films in the catalogue").first)
    assert_accessible_and_fits(page)
    press(page, history.get_by_role("link", name=f"Harbour {first}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Harbour {first}")


def test_a_fetch_is_cancelled(visit, harbours):
    harbours(8_200_001, 40)
    page = watched(visit)
    fetch(page, "harbour")
    expect(page.get_by_text(re.compile(r"[1-9] of 40 films"))).to_be_visible()
    press(page, page.get_by_role("button", name="Cancel “harbour”"))
    expect(page.get_by_text("“harbour” is cancelled. Films stored so far stay.")).to_be_visible()
    expect(page.locator("#history").get_by_text(re.compile(r"Cancelled after \d+ of 40 films\.")).first).to_be_visible()


def test_without_javascript_one_looks_again(visit, harbours):
    harbours(8_300_001, 4)
    page = watched(visit, java_script_enabled=False)
    page.get_by_label("Title, or a part of it").fill("harbour 83")
    with page.expect_navigation():
        page.get_by_role("button", name="Fetch", exact=True).click()
    deadline = monotonic() + 60
    while page.locator("#active").is_visible():
        assert monotonic() < deadline
        with page.expect_navigation():
            page.locator("noscript a").first.click()
    expect(page.locator("#history").get_by_text("4 films in the catalogue").first).to_be_visible()
