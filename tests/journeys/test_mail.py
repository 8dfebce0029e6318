"""What people are written: read back from the mails of the running site, where its worker put them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import requests
import zxingcpp
from icalendar import Calendar
from playwright.sync_api import expect

from tests.mailbox import confirm_address, mails_to, text_of, the_mail
from tests.visits import PASSWORD, Program, buy, cancel, name_of, own_tickets

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 1")


@pytest.fixture
def reader(site, newcomer):
    """A page of a user whose address is confirmed, and their name."""
    page = newcomer("/account/")
    confirm_address(site, page)
    return page, name_of(page)


def attached(mail, kind):
    return [part for part in mail.iter_attachments() if part.get_content_type() == kind]


def codes_on(pdf):
    """What a scanner reads on the printed sheets."""
    sheets = [page.render(scale=2).to_pil() for page in pypdfium2.PdfDocument(pdf)]
    return {found.text for sheet in sheets for found in zxingcpp.read_barcodes(sheet)}


def entries(mail):
    """The calendar's, each with the method that the mail itself names."""
    for part in attached(mail, "text/calendar"):
        calendar = Calendar.from_ical(part.get_content())
        (event,) = calendar.walk("VEVENT")
        assert part.get_content_type() == "text/calendar"
        assert part["Content-Type"].params["method"] == str(calendar["METHOD"])
        yield str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"])


def headlines(page):
    """What the bell tells, the newest first."""
    page.goto("/notifications/")
    return page.get_by_role("main").get_by_role("heading", level=3).all_inner_texts()


def test_tickets_come_by_mail_and_so_does_their_end(site, reader, showing, manager):
    page, name = reader
    session = showing()
    film = session["movie"]["title"]
    buy(page, session, "A1", "A2")
    tickets = own_tickets(page)
    mail = the_mail(site, name, "Your tickets: ")
    assert (mail["To"], film in mail["Subject"]) == (f"{name}@example.org", True)
    assert mail["List-Unsubscribe"] is None
    for text in (text_of(mail), text_of(mail, "html")):
        assert all(f"/tickets/{ticket['code']}/" in text for ticket in tickets)
    (pdf,) = attached(mail, "application/pdf")
    assert codes_on(pdf.get_content()) == {ticket["code"] for ticket in tickets}
    ((method, visit, first),) = entries(mail)
    assert method == "PUBLISH"

    (link,) = re.findall(r"Show your tickets: (\S+)", text_of(mail))
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("These seats are yours")

    cancel(page, tickets[0])  # which they know, so no mail tells them
    path = f"/movie-sessions/{session['id']}"
    later = datetime.fromisoformat(session["starts_at"]) + timedelta(minutes=30)
    manager.ask("PATCH", path, starts_at=later.isoformat())
    moved = the_mail(site, name, f"{film} was moved: now ")
    assert moved["Subject"].endswith(f"{later.astimezone(ZoneInfo('Europe/Vienna')):, %H:%M}")
    ((method, uid, sequence),) = entries(moved)
    assert (method, uid, sequence > first, "seat A2" in text_of(moved)) == ("PUBLISH", visit, True, True)
    manager.ask("DELETE", path, cancel_tickets=True)
    off = the_mail(site, name, f"Cancelled: {film}")
    ((method, same, last),) = entries(off)
    assert (method, same, last > sequence, "seat A2" in text_of(off)) == ("CANCEL", uid, True, True)
    assert headlines(page) == [off["Subject"], moved["Subject"], mail["Subject"]]
    about_the_address = [mail for mail in mails_to(site, name) if "email" in mail["Subject"]]
    assert len(mails_to(site, name)) == 3 + len(about_the_address)


def test_a_wanted_film_comes_on_the_programme(site, reader, showing, manager):
    page, name = reader
    film = manager.new_film()
    page.goto(f"/movies/{film['id']}-film/")
    page.get_by_role("button", name=re.compile("watchlist", re.IGNORECASE)).first.click()
    page.wait_for_load_state("networkidle")
    showing(film=film)
    mail = the_mail(site, name, f"{film['title']} is on the programme")
    showing(film=film)  # once is enough
    page.reload()
    expect(page.locator("#bell")).to_have_accessible_name("Notifications, 1 unread")
    assert len(headlines(page)) == 1

    # As a mail program does it, and one that only looks whether links are safe (RFC 8058).
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip(" <>")
    looked_at = requests.get(address, timeout=60)
    assert (looked_at.status_code, "Unsubscribe" in looked_at.text) == (200, True)
    other = manager.new_film()
    person = Program(site, name, PASSWORD)
    person.ask("POST", "/watchlist", movie_id=other["id"])
    assert requests.post(address, data={"List-Unsubscribe": "One-Click"}, timeout=60).status_code == 200
    session = showing(film=other)
    assert len(headlines(page)) == 2
    # What is about their tickets comes still; and whatever was due before it would have come by then.
    buy(page, session, "A1")
    the_mail(site, name, "Your ticket: ")
    assert [mail["Subject"] for mail in mails_to(site, name) if "programme" in mail["Subject"]] == [mail["Subject"]]


def test_from_the_waiting_list_into_the_seat(site, reader, newcomer, showing):
    page, name = reader
    session = showing(seats=1)
    first, third = newcomer(), newcomer("/account/")
    confirm_address(site, third)
    buy(first, session, "A1")
    for waiting in (page, third):
        waiting.goto(f"/sessions/{session['id']}/")
        expect(waiting.get_by_role("heading", name="Sold out")).to_be_visible()
        waiting.get_by_label("Wait for").select_option("1")
        waiting.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_text("You're first on the waiting list for 1 seat")).to_be_visible()
    expect(third.get_by_text("You're second on the waiting list for 1 seat")).to_be_visible()

    cancel(first, *own_tickets(first))
    mail = the_mail(site, name, "A seat is free for you: ")
    third.reload()
    expect(third.get_by_role("heading", name="Sold out")).to_be_visible()
    page.reload()
    expect(page.locator("#bell")).to_have_accessible_name("Notifications, 1 unread")
    (link,) = re.findall(r"Take the seat: (\S+)", text_of(mail))
    page.goto(link)
    expect(page.get_by_role("heading", name="1 seat for you")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d\d:\d\d$"))).to_be_visible()
    page.get_by_role("button", name="Get 1 ticket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This seat is yours")
    third.reload()
    expect(third.get_by_text("You're first on the waiting list for 1 seat")).to_be_visible()
