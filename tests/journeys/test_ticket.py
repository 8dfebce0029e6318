"""What becomes of a ticket: into a calendar and out of it, moved, cancelled, checked in."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
import requests
import vobject
import zxingcpp
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.steps import PHONE, sign_in
from tests.visits import buy, cancel, own_tickets

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 2")


class Entry(NamedTuple):
    method: str
    status: str
    uid: str
    sequence: int
    start: datetime
    zone: str


def downloaded(page, link):
    """What the ticket's page offers for the calendar, as two libraries read it; they agree."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    content = download.value.path().read_bytes()
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    start = event["DTSTART"]
    entry = Entry(
        str(calendar["METHOD"]),
        str(event["STATUS"]),
        str(event["UID"]),
        int(event["SEQUENCE"]),
        start.dt,
        start.params["TZID"],
    )
    other = vobject.readOne(content.decode())
    told = other.vevent
    assert entry == Entry(
        other.method.value,
        told.status.value,
        told.uid.value,
        int(told.sequence.value),
        told.dtstart.value,
        told.dtstart.params["X-VOBJ-ORIGINAL-TZID"][0],
    )
    return entry


def moment(session):
    return datetime.fromisoformat(session["starts_at"])


@pytest.fixture
def holder(newcomer, showing):
    """On the page of a ticket for A1; their session."""
    session = showing()
    page = newcomer(viewport=PHONE, has_touch=True)
    buy(page, session, "A1")
    page.get_by_role("link", name="Seat A1", exact=True).click()
    page.get_by_text("Show this at the entrance.").wait_for()
    return page, session


def test_a_cancelled_ticket_leaves_the_calendar_and_its_seat(holder, newcomer):
    page, session = holder
    put_in = downloaded(page, "Add to calendar")
    assert put_in[:2] == ("PUBLISH", "CONFIRMED")
    assert (put_in.start, put_in.zone) == (moment(session), "Europe/Vienna")
    cancel(page, *own_tickets(page))
    taken_out = downloaded(page, "Remove from calendar")
    assert taken_out[:2] == ("CANCEL", "CANCELLED")
    assert taken_out.uid == put_in.uid
    assert taken_out.sequence > put_in.sequence
    buy(newcomer(), session, "A1")


def test_a_ticket_goes_along_with_its_session(holder, manager):
    page, session = holder
    before = downloaded(page, "Add to calendar")
    expect(page.locator("main time").first).to_have_attribute("datetime", re.compile(r"\+0[12]:00$"))
    later = moment(session) + timedelta(days=1, minutes=5)
    manager.ask("PATCH", f"/movie-sessions/{session['id']}", starts_at=later.isoformat())
    page.reload()
    shown = page.locator("main time").first.get_attribute("datetime")
    assert datetime.fromisoformat(shown) == later
    after = downloaded(page, "Add to calendar")
    assert after == before._replace(start=later, sequence=after.sequence)
    assert after.sequence > before.sequence


def test_a_ticket_checked_in_twice(holder, visit, tmp_path):
    page, session = holder
    film = session["movie"]["title"]
    page.screenshot(path=tmp_path / "phone.png", full_page=True)
    (scanned,) = zxingcpp.read_barcodes(Image.open(tmp_path / "phone.png"))
    assert scanned.text == own_tickets(page)[0]["code"]
    entrance = visit(f"/account/sign-in/?next=/check-in/{session['id']}/", refused=True, viewport=PHONE)
    sign_in(entrance, "manager", "marquee-demo")
    for word, reason in (("Come in", "Seat A1"), ("Not admitted", "Already used")):
        entrance.get_by_label("Ticket code").fill(scanned.text)
        entrance.keyboard.press("Enter")
        expect(entrance.locator("#answer")).to_contain_text(word)
        expect(entrance.locator("#answer")).to_contain_text(reason)
    page.reload()
    expect(page.get_by_text(re.compile("^Used on"))).to_be_visible()
    page.goto("/history/")
    page.get_by_text("Seen here, with a ticket").wait_for()
    page.get_by_role("main").get_by_role("link", name=film).last.click()
    page.get_by_label("8", exact=True).check(force=True)
    page.get_by_label("Review (optional)").fill("I was there.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saw it here").first).to_be_visible()


def test_all_tickets_in_a_calendar_that_subscribes(holder, showing):
    page, _ = holder
    buy(page, showing(), "A2", "A3")
    page.goto("/account/calendar/")
    page.get_by_role("button", name="Make my address").click()
    address = page.get_by_role("textbox", name="Your private address").input_value()

    def subscribed(address=address):
        """As a calendar program asks: no cookies, and nothing said but the address."""
        return requests.get(address, timeout=60)

    def events(answer):
        return sorted((event.dtstart, event.summary, seats_in(event.location)) for event in timeline(answer))

    def seats_in(location):
        return re.findall(r"\b[A-Z]\d+\b", location)

    def timeline(answer):
        return IcsCalendarStream.calendar_from_ics(answer.text).timeline

    page.goto("/tickets/")
    told = own_tickets(page)
    assert page.get_by_role("main").get_by_role("heading", level=2).count() == len(told) == 3
    seats = {}
    for one in told:
        visit = (moment(one["session"]), one["session"]["movie"]["title"], one["session"]["id"])
        seats.setdefault(visit, []).append(one["seat"])
    listed = sorted((start, title, sorted(labels)) for (start, title, _), labels in seats.items())
    assert sorted(labels for _, _, labels in listed) == [["A1"], ["A2", "A3"]]
    assert events(subscribed()) == listed
    read = Calendar.from_ical(subscribed().content).walk("VEVENT")
    assert sorted(event["DTSTART"].dt for event in read) == [start for start, _, _ in listed]
    same = requests.get(address, headers={"If-None-Match": subscribed().headers["ETag"]}, timeout=60)
    assert (same.status_code, same.content) == (304, b"")

    (alone,) = (one for one in told if one["seat"] == "A1")
    cancel(page, alone)
    assert [event.status for event in timeline(subscribed()) if event.location.endswith("A1")] == ["CANCELLED"]

    page.goto("/account/calendar/")
    page.get_by_text("Make a new address").first.click()
    page.get_by_role("button", name="Make a new address").click()
    renewed = page.get_by_role("textbox", name="Your private address").input_value()
    assert (subscribed().status_code, subscribed(renewed).status_code) == (404, 200)
    assert events(subscribed(renewed)) == listed
