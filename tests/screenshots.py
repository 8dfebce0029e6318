"""Takes the README's screenshots of a running site: `make screenshots`."""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from config.embedded.browser import find_or_install

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}


def film_address(page: Page, site: str) -> str:
    page.goto(f"{site}/movies/?query=jurassic+park")
    return page.locator("main a[href^='/movies/'][href$='/']").first.get_attribute("href") or ""


def main(site: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = find_or_install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = {"home": "/", "films": "/movies/", "film": film_address(browser.new_page(), site)}
        for device, (width, height) in WIDTHS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark", reduced_motion="reduce"
            )
            for name, path in pages.items():
                page = context.new_page()
                page.goto(site + path, wait_until="networkidle")
                page.screenshot(path=FOLDER / f"{name}-{device}.png")
        browser.close()
    print(f"Screenshots are in {FOLDER}.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
