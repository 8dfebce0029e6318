"""At the door, in a real Chromium: typed, scanned by camera, and through a network that comes and goes."""

import re
from datetime import UTC, datetime
from itertools import count

import pytest
from playwright.sync_api import expect

from accounts.people.demo import PASSWORD
from tests.conftest import wait_until
from tests.steps import DESKTOP, PHONE, assert_accessible_and_fits, press, sign_in, tab_to

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site")

# Two sessions of a film from 16 years, each with three tickets; then no longer on sale, so that other journeys don't
# find them. Printed: a line of each, its id and the codes.
SOLD = """
from datetime import date, timedelta
from django.utils import timezone
from accounts.models import User
from cinema import box_office, rooms, scheduling
from cinema.models import MovieSession
from movies.models import Movie
film = Movie.objects.create(title={film!r}, runtime=100, age_restriction=16)
person = {{"name": "Ana Lima", "date_of_birth": date(1990, 1, 2)}}
holder = User.objects.create_user({holder!r}, "{holder}@example.org", **person)
for number in {numbers!r}:
    room = rooms.create(number=number, plan="ssss")
    session = scheduling.schedule(film, room, timezone.now() + timedelta(minutes=20))
    bought = box_office.buy(session.pk, holder, seats=["A1", "A2", "A3"])
    MovieSession.objects.filter(pk=session.pk).update(published=False)
    print(session.pk, *bought.tickets.order_by("seat").values_list("code", flat=True))
"""
SCANS = """
from cinema.models import Scan
for scan in Scan.objects.filter(code={code!r}).order_by("id"):
    print(scan.outcome, scan.scanned_at.isoformat(), scan.by.username, scan.door)
"""
# Stand-ins for a camera, and for what Chromium has on phones only: it reads whatever the test holds before the camera.
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d");
  setInterval(() => drawing.fillRect(0, 0, 9, 9), 50);
  return canvas.captureStream();
};
window.heldUp = [];
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return window.heldUp.map((rawValue) => ({ rawValue })); }
};
"""
NUMBERS = count(500)


class Door:
    """Two sessions of one film, with three tickets each, and who was let in."""

    def __init__(self, site):
        self.site = site
        first = next(NUMBERS)
        self.rooms = [first, next(NUMBERS)]
        printed = site.manage(
            "shell", "-c", SOLD.format(film=f"Door {first}", holder=f"ana{first}", numbers=self.rooms)
        )
        rows = [line.split() for line in printed.splitlines() if re.fullmatch(r"\d+( [0-9A-Z]{16}){3}", line)]
        self.sessions = [row[0] for row in rows]
        self.tickets, self.others = (row[1:] for row in rows)
        self.film = f"Door {first}"

    @property
    def path(self):
        return f"/check-in/{self.sessions[0]}/"

    def scans(self, code):
        printed = self.site.manage("shell", "-c", SCANS.format(code=code))
        return [
            line.split(" ") for line in printed.splitlines() if line.startswith(("admitted ", "refused ", "undone "))
        ]


@pytest.fixture
def door(site):
    return Door(site)


@pytest.fixture
def stand(browser, site):
    """Opens the door's page for a manager. What is refused, and what no network answers, is an error to the console."""
    contexts = []

    def come(path, **options):
        # Behind a worker the browser does not tell the tests what it asks for.
        given = {"viewport": PHONE, "service_workers": "block"} | options
        contexts.append(browser.new_context(base_url=site.url, **given))
        page = contexts[-1].new_page()
        page.goto(f"/account/sign-in/?next={path}")
        sign_in(page, "manager", PASSWORD)
        page.wait_for_url(f"{site.url}{path}")
        return page

    yield come
    for context in contexts:
        context.close()


def type_like_a_scanner(page, code):
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def panel(page):
    return page.locator("#answer .door-panel")


def expect_panel(page, kind, *texts):
    expect(panel(page)).to_have_attribute("data-kind", kind)
    for text in texts:
        expect(panel(page)).to_contain_text(text)


def expect_people(page, entered):
    expect(page.locator("#people")).to_have_text(re.compile(rf"{entered}\s+in\s+3\s+expected"))


def queue(page):
    return page.locator("#queue li")


def test_typed_as_a_usb_scanner_does(stand, door):
    page = stand("/check-in/")
    assert_accessible_and_fits(page)
    page.get_by_role("link", name=re.compile(rf"^Room {door.rooms[0]}, .*: 0 of 3 in$")).click()
    expect(page.get_by_label("Code of the ticket")).to_be_focused()
    page.get_by_label("Name of this door").fill("East")
    page.get_by_role("heading", level=1).click()  # wherever one was last, what is typed comes into the field
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in", "Seat A1", "Ana Lima", door.film, f"Room {door.rooms[0]}")
    expect_panel(page, "in", "From 16: check the age (the account's holder is ", "1 of 3 of this purchase is in.")
    expect_people(page, 1)
    expect(page.get_by_label("Code of the ticket")).to_be_focused()
    type_like_a_scanner(page, door.tickets[0].lower())
    expect_panel(page, "refused", "Not admitted", "Used already: ", ", at East, by manager.")
    expect(page.locator("#answer")).to_have_attribute("role", "alert")
    expect(page.locator("#scans li").first).to_contain_text("Not admitted A1, Ana Lima")
    assert [row[0] for row in door.scans(door.tickets[0])] == ["admitted"]
    page.reload()
    expect(page.get_by_label("Name of this door")).to_have_value("East")


def test_a_ticket_of_another_session_and_none_at_all(stand, door):
    page = stand(door.path)
    type_like_a_scanner(page, door.others[0])
    expect_panel(page, "refused", f"This ticket is for Room {door.rooms[1]}, ", f": {door.film}.")
    type_like_a_scanner(page, "NOBODYS")
    expect_panel(page, "refused", "There is no ticket with this code.")
    type_like_a_scanner(page, door.tickets[1])
    expect_panel(page, "in", "Seat A2")
    page.goto("/check-in/any/")
    type_like_a_scanner(page, door.others[0])
    expect_panel(page, "in", "Come in", f"Room {door.rooms[1]}")


def test_taken_back(stand, door):
    page = stand(door.path)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in")
    press(page, page.get_by_role("button", name="Take back A1, Ana Lima").first)
    expect_panel(page, "ready", "Seat A1 is taken back.")
    expect_people(page, 0)
    expect(page.locator("#scans li").first).to_contain_text("Taken back")
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in")
    assert [row[0] for row in door.scans(door.tickets[0])] == ["admitted", "undone", "admitted"]


def test_without_a_network_it_is_queued_and_keeps_its_time(stand, door):
    page = stand(door.path)
    page.context.set_offline(True)
    before = datetime.now(UTC)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "queued", "Queued", "Not admitted yet.")
    after = datetime.now(UTC)
    expect(queue(page)).to_have_count(1)
    expect(page.get_by_role("heading", name="1 queued, not admitted yet")).to_be_visible()
    assert_accessible_and_fits(page)
    type_like_a_scanner(page, door.tickets[0].lower())
    expect_panel(page, "queued", re.compile(r"Queued already at \d\d:\d\d\. Not admitted yet\."))
    expect(queue(page)).to_have_count(1)
    assert door.scans(door.tickets[0]) == []
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(door.path)
    expect_people(page, 1)
    expect(page.locator("#queue")).to_be_hidden()
    ((outcome, scanned_at, by, _),) = door.scans(door.tickets[0])
    assert (outcome, by) == ("admitted", "manager")
    assert before <= datetime.fromisoformat(scanned_at) <= after


def test_the_network_comes_back_by_itself(stand, door):
    page = stand(door.path)
    page.context.set_offline(True)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.context.set_offline(False)
    expect_panel(page, "in", "Come in", "Seat A1")
    expect(page.locator("#queue")).to_be_hidden()


def test_loaded_again_without_a_network_it_still_scans(stand, door):
    page = stand(door.path, service_workers="allow")
    wait_until(lambda: page.evaluate("async path => Boolean(await caches.match(path))", door.path))
    wait_until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))
    page.context.set_offline(True)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.reload()
    expect(queue(page)).to_have_count(1)
    type_like_a_scanner(page, door.tickets[1])
    expect_panel(page, "queued", "Not admitted yet.")
    expect(queue(page)).to_have_count(2)
    page.context.set_offline(False)
    expect_panel(page, "in", "Seat A2")
    expect(page.locator("#queue")).to_be_hidden()
    assert [row[0] for code in door.tickets[:2] for row in door.scans(code)] == ["admitted", "admitted"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_site_that_does_not_answer_is_asked_again(stand, door, status):
    page = stand(door.path)
    sent = []

    def refuse_once(route):
        sent.append(route.request.post_data_json)
        if len(sent) == 1:
            route.fulfill(status=status, json={"message": "Later."}, headers={"Retry-After": "1"})
        else:
            route.continue_()

    page.route("**/api/v1/tickets/check-in", refuse_once)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in")
    assert sent[0] == sent[1]
    assert len(door.scans(door.tickets[0])) == 1


def test_an_answer_that_was_lost_admits_nobody_twice(stand, door):
    """The site heard it, and its answer did not come through."""
    page = stand(door.path)
    heard = []

    def lose_the_first(route):
        heard.append(route.fetch().status)
        if len(heard) == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/tickets/check-in", lose_the_first)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in")
    assert heard == [200, 200]
    assert [row[0] for row in door.scans(door.tickets[0])] == ["admitted"]


def test_a_page_of_a_hotspot_is_no_answer(stand, door):
    page = stand(door.path)
    page.route("**/api/v1/tickets/check-in", lambda route: route.fulfill(status=200, body="<h1>Welcome</h1>"), times=1)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in")
    assert len(door.scans(door.tickets[0])) == 1


def test_two_doors_without_a_network_and_one_ticket(stand, door):
    east, west = stand(door.path), stand(door.path)
    for page, name in ((east, "East"), (west, "West")):
        page.get_by_label("Name of this door").fill(name)
        page.context.set_offline(True)
        page.get_by_label("Code of the ticket").focus()
        type_like_a_scanner(page, door.tickets[0])
        expect_panel(page, "queued", "Not admitted yet.")
    west.context.set_offline(False)
    expect_panel(west, "in", "Come in")
    # Somebody else stands at the other door when it hears of it.
    type_like_a_scanner(east, door.tickets[1])
    expect_panel(east, "queued", "Not admitted yet.")
    east.context.set_offline(False)
    expect_panel(east, "in", "Seat A2")
    late = east.locator("#queue li.refused")
    expect(late).to_contain_text("Not admitted")
    expect(late).to_contain_text(", at West, by manager.")
    expect(east.locator("#late")).to_contain_text("Not admitted after waiting: Used already: ")
    expect(east.get_by_role("heading", name="1 refused after waiting")).to_be_visible()
    assert_accessible_and_fits(east)
    assert sorted((row[0], row[3]) for row in door.scans(door.tickets[0])) == [
        ("admitted", "West"),
        ("refused", "East"),
    ]
    east.reload()
    expect(late).to_have_count(1)  # until somebody has seen it
    press(east, late.get_by_role("button", name=re.compile("^Seen")))
    expect(east.locator("#queue")).to_be_hidden()


def test_signed_out_in_the_middle(stand, door):
    page = stand(door.path)
    page.context.clear_cookies(name="sessionid")
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.locator("#signed-out").get_by_role("link", name="Sign in again").click()
    sign_in(page, "manager", PASSWORD)
    page.wait_for_url(f"{door.site.url}{door.path}")
    expect_people(page, 1)
    expect(page.locator("#queue")).to_be_hidden()
    assert [row[0] for row in door.scans(door.tickets[0])] == ["admitted"]


def test_somebody_else_at_the_same_phone_sends_nothing_of_it(stand, door, site):
    page = stand(door.path)
    page.context.set_offline(True)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    name = f"mia{door.rooms[0]}"
    made = f"User.objects.create_user({name!r}, '{name}@example.org', {PASSWORD!r}, role=User.Role.MANAGER)"
    site.manage("shell", "-c", f"from accounts.models import User; {made}")
    page.context.clear_cookies()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(f"/account/sign-in/?next={door.path}")
    sign_in(page, name, PASSWORD)
    page.wait_for_url(f"{door.site.url}{door.path}")
    type_like_a_scanner(page, door.tickets[1])
    expect_panel(page, "in", "Seat A2")
    expect(page.locator("#queue")).to_be_hidden()
    assert door.scans(door.tickets[0]) == []


def test_a_wrong_clock_is_said_and_the_scan_kept_until_somebody_takes_it_away(stand, door):
    page = stand(door.path)
    page.clock.set_system_time(datetime(2099, 1, 1, tzinfo=UTC))
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "refused", "This is in the future: is the clock at the door right?")
    page.reload()
    row = queue(page)
    expect(row).to_contain_text("is the clock at the door right?")
    row.get_by_role("button", name=re.compile("^Remove")).click()
    expect(page.locator("#queue")).to_be_hidden()
    assert door.scans(door.tickets[0]) == []


def test_by_camera(stand, door, browser):
    page = stand("/check-in/")
    page.add_init_script(CAMERA)
    page.goto(door.path)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/tickets/check-in") else None)
    page.get_by_role("button", name="Scan by camera").click()
    expect(page.get_by_role("button", name="Stop the camera")).to_be_visible()
    wait_until(lambda: page.evaluate("document.querySelector('video').videoWidth > 0"))
    page.evaluate("code => { window.heldUp = [code]; }", door.tickets[0])
    expect_panel(page, "in", "Seat A1")
    page.wait_for_timeout(1_000)  # still before the camera
    page.evaluate("code => { window.heldUp = [code]; }", door.tickets[1])
    expect_panel(page, "in", "Seat A2")
    page.evaluate("code => { window.heldUp = [code]; }", door.tickets[0])
    page.wait_for_timeout(1_000)  # not away for long enough
    assert len(sent) == 2
    page.evaluate("window.heldUp = []")
    page.wait_for_timeout(3_300)
    page.evaluate("code => { window.heldUp = [code]; }", door.tickets[0])
    expect_panel(page, "refused", "Used already: ")
    assert_accessible_and_fits(page)
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.locator("video")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_a_camera_that_is_not_allowed(stand, door):
    page = stand("/check-in/")
    page.add_init_script(CAMERA)
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    page.goto(door.path)
    page.get_by_role("button", name="Scan by camera").click()
    expect(page.locator("#camera-said")).to_contain_text("The camera is not allowed here.")
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in")


def test_where_nothing_reads_codes_no_camera_is_offered(stand, door):
    page = stand("/check-in/")
    page.add_init_script("delete window.BarcodeDetector;")
    page.goto(door.path)
    type_like_a_scanner(page, door.tickets[0])
    expect_panel(page, "in", "Come in")
    expect(page.get_by_role("button", name="Scan by camera")).to_be_hidden()


def test_without_javascript(stand, door):
    page = stand(door.path, java_script_enabled=False)
    for kind in ("in", "refused"):
        page.get_by_label("Name of this door").fill("West")
        page.get_by_label("Code of the ticket").fill(door.tickets[0])
        page.get_by_role("button", name="Check in").click()
        expect_panel(page, kind)
    expect_panel(page, "refused", ", at West, by manager.")
    expect_people(page, 1)
    page.get_by_role("button", name="Take back A1, Ana Lima").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Seat A1 is taken back.")


def test_by_keyboard_alone(stand, door):
    page = stand("/check-in/", viewport=DESKTOP)
    press(page, page.get_by_role("link", name=re.compile(rf"^Room {door.rooms[0]}, ")))
    expect(page.get_by_label("Code of the ticket")).to_be_focused()
    page.keyboard.type(door.tickets[0])
    press(page, page.get_by_role("button", name="Check in"))
    expect_panel(page, "in", "Come in")
    tab_to(page, page.get_by_label("Name of this door"))
    page.keyboard.type("East")
    press(page, page.get_by_role("link", name="Another door"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check-in")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_pages_are_accessible_and_fit(stand, door, viewport, scheme):
    page = stand("/check-in/", viewport=viewport, color_scheme=scheme)
    assert_accessible_and_fits(page)
    page.goto(door.path)
    assert_accessible_and_fits(page)
    for code, kind in ((door.tickets[0], "in"), (door.tickets[0], "refused")):
        type_like_a_scanner(page, code)
        expect_panel(page, kind)
        assert_accessible_and_fits(page)
    page.context.set_offline(True)
    type_like_a_scanner(page, door.tickets[1])
    expect_panel(page, "queued")
    assert_accessible_and_fits(page)
