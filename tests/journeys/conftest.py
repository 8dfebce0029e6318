"""A browser, and the people who sit at it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from redis import Redis

from tests.conftest import Site
from tests.journeys.steps import DESKTOP, new_context
from tests.visits import sign_up


def browser_environment() -> dict[str, str | float | bool]:
    """Return our environment without `make clocks`' shifted clock, under which Chromium waits for ever."""
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all journeys of a run. While it runs, Django refuses to touch the database in this thread."""
    expect.set_options(timeout=60_000)  # the machine may be busy with other tests
    with sync_playwright() as playwright:
        # The flags keep Chromium from asking its maker's servers for things.
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        chromium = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=flags, env=browser_environment()
        )
        yield chromium
        chromium.close()


@pytest.fixture
def fresh_limits(site: Site) -> None:
    """Empty the site's cache: all journeys come from one address, which may sign up and in only so often."""
    with Redis.from_url(site.environment["REDIS_URL"]) as cache:
        cache.flushdb()


@pytest.fixture
def visit(browser: Browser, site: Site, fresh_limits: None) -> Iterator[Callable[..., Page]]:
    """Opens pages of the site; fails the test when one of them logs an error to the console.

    With `refused`, an answer that is an error may be logged there: it is what the test is about.
    """
    contexts, errors = [], []

    def note(message: ConsoleMessage, refused: bool) -> None:
        if message.type == "error" and not (refused and message.text.startswith("Failed to load resource")):
            errors.append(message.text)

    def open_page(path: str, refused: bool = False, **options: Any) -> Page:
        context = new_context(browser, site.url, **{"viewport": DESKTOP} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note(message, refused))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # A page that is told to be missing is an error to the console, and meant.
    assert [error for error in errors if "404" not in error] == []


@pytest.fixture
def newcomer(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Opens pages as `visit` does, each for a person who has just signed up; without a path, a blank one."""

    def come(path: str = "", **options: Any) -> Page:
        page = visit("about:blank", **options)
        sign_up(page)
        if path:
            page.goto(path)
        return page

    return come
