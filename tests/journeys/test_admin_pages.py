"""The admin's pages in Chromium: each keeps to its policy, and what its scripts do works."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.visits import sign_in_directly

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 1")

LINKS = "links => links.map(link => link.href)"
NOT_PAGES = ("/logout/", "/export/", "/login/")
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
VIOLATIONS = """() => { window.violations = [];
  document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective)) }"""


def kind(path: str) -> str:
    """The address without its numbers: one page of each kind is enough."""
    return re.sub(r"\d+", "<id>", path)


def links_to_the_admin(page: Page) -> list[str]:
    here = urlsplit(page.url).netloc
    parts = [urlsplit(link) for link in page.locator("a[href]").evaluate_all(LINKS)]
    return [
        part.path
        for part in parts
        if part.netloc == here and part.path.startswith("/admin/") and not part.path.endswith(NOT_PAGES)
    ]


def test_every_page_of_the_admin_keeps_to_its_policy_and_fits_a_narrow_phone(visit):
    """Violations are errors of the console, which fail the journey, and events."""
    page = visit("about:blank", viewport={"width": 320, "height": 700})
    page.add_init_script(f"({VIOLATIONS})()")
    sign_in_directly(page, "manager", "marquee-demo")
    waiting, seen = ["/admin/"], {"/admin/"}
    while waiting:
        page.goto(path := waiting.pop(0))
        assert page.evaluate("window.violations") == [], path
        assert page.evaluate(TOO_WIDE) == 0, path
        for link in links_to_the_admin(page):
            if kind(link) not in seen:
                seen.add(kind(link))
                waiting.append(link)
    wanted = {"/admin/accounts/user/", "/admin/movies/movie/add/", "/admin/movies/movie/<id>/change/",
              "/admin/movies/movie/import/", "/admin/cinema/moviesession/timeline/", "/admin/cinema/ticket/sell/",
              "/admin/cinema/room/<id>/change/", "/admin/catalog_sync/synclog/"}  # fmt: skip
    assert wanted <= seen


def test_scripts_of_the_admin_work(visit):
    """Alpine starts, which reveals the page, and a search box asks and answers."""
    page = visit("about:blank")
    sign_in_directly(page, "manager", "marquee-demo")
    page.goto("/admin/cinema/moviesession/add/")
    assert page.evaluate("document.documentElement.hasAttribute('x-cloak')") is False
    page.locator(".select2-selection").first.click()
    page.keyboard.type("Heat")
    expect(page.get_by_role("option", name=re.compile("^Heat"))).to_be_visible()


@pytest.mark.parametrize("path", ["catalog_sync/filmcase", "cinema/ticket"])
def test_the_cards_of_a_list_cut_no_text_on_a_narrow_phone(visit, manager, path):
    film = manager.ask("POST", "/movies", title="A Film to Look at", certification="Not heard of")
    page = visit("about:blank", viewport={"width": 320, "height": 700})
    sign_in_directly(page, "manager", "marquee-demo")
    page.goto(f"/admin/{path}/")
    cells = page.locator("#result_list td")
    expect(cells.first).to_be_visible()
    cut = "cells => cells.filter(cell => cell.scrollHeight > cell.clientHeight + 1).map(cell => cell.innerText)"
    assert cells.evaluate_all(cut) == []
    manager.ask("DELETE", f"/movies/{film['id']}")
