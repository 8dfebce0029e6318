"""What every journey in the browser does: keys pressed, forms filled, pages looked over."""

import os
from datetime import UTC, datetime
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize

# Only what is wrong is sent over: all that axe looked at is a megabyte.
FIND_VIOLATIONS = """rules => axe.run({ resultTypes: ["violations"], ...rules }).then(
  found => found.violations.map(violation => [violation.id, violation.nodes[0].html]))"""
COLOR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# Axe reads each element's colors anew, by a parser that takes a fifth of its time: a text that was read is read once.
REMEMBER_COLORS = """{
  const color = axe.commons.color.Color.prototype, parse = color.parseString, known = new Map();
  color.parseString = function (text) {
    const same = known.get(text);
    if (same) return Object.assign(this, same);
    parse.call(this, text);
    known.set(text, { r: this.r, g: this.g, b: this.b, alpha: this.alpha });
    return this;
  };
} null"""
# How many presses of Tab lie between the focus and an element, at least: asking after each takes as long as the press.
# The stops of a page are counted in its order, those of radio buttons left out, of which a group is one.
COUNT_STEPS = """wanted => {
  const focused = document.activeElement;
  if (focused === wanted) return 0;
  const isBefore = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  return 1 + [...document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")].filter(
    stop => isBefore(focused, stop) && isBefore(stop, wanted) && stop.tabIndex >= 0 && stop.type !== "radio"
      && !stop.disabled && !stop.closest("[inert]") && stop.checkVisibility({ visibilityProperty: true })).length;
}"""
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
SIZES = (PHONE, DESKTOP)


def new_context(browser: Browser, site_url: str, **options: Any) -> BrowserContext:
    """Open a window of its own. Its pages have the tests' clock, which `make clocks` shifts for all but the browser."""
    context = browser.new_context(base_url=site_url, **options)
    context.set_default_timeout(60_000)  # the machine may be busy with other tests
    if "FAKETIME" in os.environ:
        # That clock has no entries, by which a page knows that its visitor went back.
        context.add_init_script("window.realEntries = performance.getEntriesByType.bind(performance)")
        context.clock.install(time=datetime.now(UTC))
        context.add_init_script("performance.getEntriesByType = window.realEntries")
    return context


def film_path(page: Page, query: str) -> str:
    page.goto(f"/movies/?query={query}")
    return page.locator(".grid a").first.get_attribute("href") or ""


def tab_to(page: Page, wanted: Locator, limit: int = 500) -> None:
    """Press Tab until the focus is there. On some days there are hundreds of links before the dock, a page's last."""
    pressed, element = 0, wanted.element_handle()
    while steps := element.evaluate(COUNT_STEPS):
        for _ in range(steps):
            page.keyboard.press("Tab")
        pressed += steps
        if pressed > limit:
            raise AssertionError("The Tab key never came there.")
        element = wanted.element_handle()  # the page may have drawn it anew


def assert_accessible_and_fits(page: Page, *sizes: ViewportSize) -> None:
    """Check by axe's rules in both themes, of which the second differs in colors only, and that every width fits.

    Axe looks at the page in windows of these sizes, or in its own. Their styles alone tell them apart, so that one page
    serves for all. In the end its window is as it was.
    """
    own = page.viewport_size or PHONE
    page.evaluate(AXE_SCRIPT + REMEMBER_COLORS)
    page.emulate_media(reduced_motion="reduce")  # else colors take a while to change
    for size in sizes or [own]:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="dark")
        violations = page.evaluate(FIND_VIOLATIONS, COLOR_RULES)
        page.emulate_media(color_scheme="light")
        violations += page.evaluate(FIND_VIOLATIONS, {})
        assert not violations, f"{page.url} at {size}: {violations}"
    page.emulate_media(reduced_motion="no-preference")
    for width in (320, 768, 1440, *(size["width"] for size in sizes), own["width"]):
        page.set_viewport_size({"width": width, "height": own["height"]})
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow == 0, f"{page.url} is too wide at {width} pixels."


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def press(page: Page, wanted: Locator) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Enter")
