"""What journeys to the cinema share: people, programs that speak for them, and sessions in rooms of their own.

A pytest plugin, loaded before Django's settings: it imports nothing of the site's.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

PASSWORD = "a-long-enough-password"
FREE = ".seat:not(.wheelchair, .companion) input[name=seats]:enabled:not(:checked)"


class Program:
    """Speaks to the site's API as one person; `user` is what the API says of them."""

    def __init__(self, site: Any, name: str, password: str) -> None:
        self.url = f"{site.url}/api/v1"
        self.connection = requests.Session()
        tokens = self.ask("POST", "/auth/login", username=name, password=password)
        self.connection.headers["Authorization"] = f"Bearer {tokens['access']}"
        self.user = tokens["user"]

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """The answer's JSON; the test fails unless it is a success."""
        answer = self.connection.request(method, self.url + path, json=body or None, timeout=60)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def film(self, **which: str) -> dict[str, Any]:
        """A film without an age limit; `which`: filters of the API's list."""
        films = self.ask("GET", f"/movies?{urlencode({'limit': '100', 'ordering': 'title', **which})}")["items"]
        return next(film for film in films if film["runtime"] and not film["age_restriction"])

    def new_film(self) -> dict[str, Any]:
        """One that is not on the programme."""
        return self.film(now_showing="false")


@pytest.fixture
def manager(site: Any) -> Program:
    return Program(site, "manager", "marquee-demo")


@pytest.fixture
def showing(manager: Program) -> Callable[..., dict[str, Any]]:
    """Makes a session, as the API tells it, in a new room of one row: A1, A2 and so on."""

    def show(seats: int = 6, film: dict[str, Any] | None = None) -> dict[str, Any]:
        known = manager.ask("GET", "/rooms?limit=1")["meta"]["total"]  # no room is deleted
        room = manager.ask("POST", "/rooms", number=100 + known, rows=1, seats_per_row=seats)
        path = f"/movies/{(film or manager.film())['id']}/sessions"
        starts_at = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
        return manager.ask("POST", path, room=room["id"], starts_at=starts_at)

    return show


def sign_up(page: Page) -> str:
    """Sign up as a new user who is old enough for every film, and return their name."""
    name = f"visitor-{uuid4().hex[:12]}"
    fields = {"username": name, "email": f"{name}@example.org", "password1": PASSWORD, "date_of_birth": "1980-01-01"}
    send_form(page, "/account/sign-up/", fields)
    return name


def sign_in_directly(page: Page, name: str, password: str) -> None:
    """Sign in without drawing a page; journeys about signing in press the buttons."""
    send_form(page, "/account/sign-in/", {"login": name, "password": password})


def send_form(page: Page, path: str, fields: dict[str, str]) -> None:
    """Send a form that answers with a redirect. The browser keeps the cookies, and stays at the page where it is."""
    browser = page.context
    browser.request.get(path)
    (token,) = [cookie["value"] for cookie in browser.cookies() if cookie["name"] == "csrftoken"]
    answer = browser.request.post(path, form={**fields, "csrfmiddlewaretoken": token}, max_redirects=0)
    assert answer.status == 302, answer.text()


def name_of(page: Page) -> str:
    """Who is signed in there."""
    label = page.locator(".visitor.known").get_attribute("aria-label") or ""
    return label.removeprefix("Your account, ")


def tap(page: Page, seat: Locator | str) -> None:
    """`seat`: its checkbox, or its label such as "A1"."""
    box = page.locator(f"#seat-{seat}") if isinstance(seat, str) else seat
    page.locator(f"label:has(#{box.get_attribute('id')})").click()


def choose(page: Page, *seats: str, scripted: bool = True) -> None:
    """Until they are held."""
    for seat in seats:
        tap(page, seat)
    if not scripted:
        page.get_by_role("button", name="Hold these seats").click()
    page.get_by_role("button", name=f"Get {len(seats)} ticket").wait_for()


def buy(page: Page, session: dict[str, Any], *seats: str) -> None:
    """Of a `session` as the API tells it; leaves the page at the confirmation."""
    page.goto(f"/sessions/{session['id']}/")
    choose(page, *seats)
    page.get_by_role("button", name=re.compile("^Get ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("yours$"))


def cancel(page: Page, ticket: dict[str, Any]) -> None:
    """Leaves the page at the ticket's."""
    page.goto(f"/tickets/{ticket['code']}/")
    page.get_by_role("link", name="Cancel this ticket").click()
    page.get_by_role("button", name="Cancel the ticket").click()
    expect(page.get_by_text(re.compile("^Cancelled on"))).to_be_visible()


def own_tickets(page: Page) -> list[dict[str, Any]]:
    """Those to come, as the API tells them to this browser, in the order of the seats."""
    answer = page.request.get("/api/v1/tickets/me?when=upcoming")
    return sorted(answer.json()["items"], key=lambda ticket: ticket["seat"])
