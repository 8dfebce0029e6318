"""Takes the README's screenshots of a running site with the demo data: `make screenshots`.

It signs in as `customer` and holds two seats for a moment; it buys nothing and admits no tickets.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from devstack.stack import DEMO_PASSWORD
from devstack.tools.browser import find_or_install

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}


class Photographer:
    def __init__(self, browser: Browser, site: str) -> None:
        self.browser = browser
        self.site = site

    def visitor(self, device: str, username: str = "") -> BrowserContext:
        """A visitor with a `device` of WIDTHS, signed in if they have a name."""
        width, height = WIDTHS[device]
        context = self.browser.new_context(
            base_url=self.site,
            viewport={"width": width, "height": height},
            color_scheme="dark",
            reduced_motion="reduce",
        )
        if username:
            page = context.new_page()
            page.goto("/account/sign-in/")
            page.get_by_label("Username or email").fill(username)
            page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.locator(".visitor.known").wait_for()
            page.close()
        return context

    def catalogue(self, device: str) -> None:
        page = self.visitor(device).new_page()
        for name, path in {
            "home": "/",
            "films": "/movies/",
            "film": film_address(page),
            "whats-on": "/whats-on/",
        }.items():
            page.goto(path, wait_until="networkidle")
            take(page, f"{name}-{device}")
        page.context.close()

    def seats(self, device: str) -> None:
        """Two seats, held, and let go again."""
        page = self.visitor(device, "customer").new_page()
        page.goto(evening(page), wait_until="networkidle")
        page.get_by_role("button", name="Best available").click()
        page.get_by_role("button", name="Get 2 tickets").wait_for()
        page.wait_for_load_state("networkidle")
        take(page, f"seats-{device}")
        page.get_by_role("button", name="Release these seats").click()
        page.get_by_role("heading", name="Choose your seats").wait_for()
        page.context.close()

    def ticket(self, device: str) -> None:
        page = self.visitor(device, "customer").new_page()
        page.goto("/tickets/")
        page.locator(".pass:has(.state.valid) a").first.click()
        page.wait_for_load_state("networkidle")
        take(page, f"ticket-{device}")
        page.context.close()

    def entrance(self, device: str) -> None:
        page = self.visitor(device, "manager").new_page()
        page.goto("/check-in/")
        page.locator(".entrance-session").first.click()
        page.wait_for_load_state("networkidle")
        take(page, f"entrance-{device}")
        page.context.close()


def film_address(page: Page) -> str:
    page.goto("/movies/?query=jurassic+park")
    return page.locator("main a[href^='/movies/'][href$='/']").first.get_attribute("href") or ""


def evening(page: Page) -> str:
    """Of a session in the great room that is neither empty nor full: in three days, late."""
    page.goto("/whats-on/")
    page.locator(".days a").nth(3).click()
    return page.locator(".slot:has-text('Lumière')").last.get_attribute("href") or ""


def take(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")


def main(site: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = find_or_install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        photographer = Photographer(browser, site)
        for device in WIDTHS:
            photographer.catalogue(device)
            photographer.seats(device)
        photographer.ticket("phone")
        photographer.entrance("phone")
        browser.close()
    print(f"Screenshots are in {FOLDER}.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
