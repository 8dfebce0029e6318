"""What every journey in the browser does: keys pressed, forms filled, pages looked over."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def film_path(page: Page, query: str) -> str:
    page.goto(f"/movies/?query={query}")
    return page.locator(".grid a").first.get_attribute("href") or ""


def tab_to(page: Page, wanted: Locator, limit: int = 500) -> None:
    """The dock is the last of a page, and on some days there are hundreds of links before it."""
    for _ in range(limit):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The Tab key never came there.")


def assert_accessible_and_fits(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def press(page: Page, wanted: Locator) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Enter")
