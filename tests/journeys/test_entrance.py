"""Check-in at the entrance in a real Chromium: codes typed, scanned by camera, and sent over an unreliable network."""

import re
from datetime import UTC, datetime
from itertools import count

import pytest
from playwright.sync_api import expect

from accounts.people.demo import PASSWORD
from tests.conftest import wait_until
from tests.journeys.steps import DESKTOP, PHONE, assert_accessible_and_fits, press, sign_in, tab_to

# All of these share one running site.
pytestmark = pytest.mark.xdist_group("site 2")

# Stand-ins for a camera, and for the BarcodeDetector that Chromium has only on phones: it reads the codes of the test.
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


class Entrance:
    """Two sessions of one film with three tickets each, and the scans of their tickets."""

    def __init__(self, site):
        self.site = site
        first = next(NUMBERS)
        self.rooms = [first, next(NUMBERS)]
        self.film = f"Entrance {first}"
        values = (self.film, f"ana{first}", self.rooms)
        printed = site.manage("shell", "-c", f"from tests.entrance_data import sell_tickets; sell_tickets(*{values!r})")
        rows = [line.split() for line in printed.splitlines() if re.fullmatch(r"\d+( [0-9A-Z]{16}){3}", line)]
        self.sessions = [row[0] for row in rows]
        self.tickets, self.others = (row[1:] for row in rows)

    @property
    def path(self):
        return f"/check-in/{self.sessions[0]}/"

    def scans(self, code):
        printed = self.site.manage("shell", "-c", f"from tests.entrance_data import print_scans; print_scans({code!r})")
        return [
            line.split(" ") for line in printed.splitlines() if line.startswith(("admitted ", "refused ", "undone "))
        ]


@pytest.fixture
def entrance(site):
    return Entrance(site)


@pytest.fixture
def open_scanner(browser, site):
    """Open a check-in page, signed in as a manager. The console is not checked: refusals and lost requests are errors
    there."""
    contexts = []

    def open_page(path, **options):
        # With a service worker, the browser does not report its requests to the tests.
        options = {"viewport": PHONE, "service_workers": "block"} | options
        contexts.append(browser.new_context(base_url=site.url, **options))
        page = contexts[-1].new_page()
        page.goto(f"/account/sign-in/?next={path}")
        sign_in(page, "manager", PASSWORD)
        page.wait_for_url(f"{site.url}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def type_like_a_scanner(page, code):
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def panel(page):
    return page.locator("#answer .entrance-panel")


def expect_panel(page, kind, *texts):
    expect(panel(page)).to_have_attribute("data-kind", kind)
    for text in texts:
        expect(panel(page)).to_contain_text(text)


def expect_people(page, entered):
    expect(page.locator("#people")).to_have_text(re.compile(rf"{entered}\s+in\s+3\s+expected"))


def queue(page):
    return page.locator("#queue li")


def test_codes_from_a_usb_scanner(open_scanner, entrance):
    page = open_scanner("/check-in/")
    assert_accessible_and_fits(page)
    page.get_by_role("link", name=re.compile(rf"^Room {entrance.rooms[0]}, .*: 0 of 3 in$")).click()
    expect(page.get_by_label("Ticket code")).to_be_focused()
    page.get_by_label("Name of this entrance").fill("East")
    page.get_by_role("heading", level=1).click()  # the focus is elsewhere; the scanner's keys go to the field
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in", "Seat A1", "Ana Lima", entrance.film, f"Room {entrance.rooms[0]}")
    expect_panel(page, "in", "From 16: check the age (the account holder is ", "1 of 3 of this purchase is in.")
    expect_people(page, 1)
    expect(page.get_by_label("Ticket code")).to_be_focused()
    type_like_a_scanner(page, entrance.tickets[0].lower())
    expect_panel(page, "refused", "Not admitted", "Already used: ", ", at East, by manager.")
    expect(page.locator("#answer")).to_have_attribute("role", "alert")
    expect(page.locator("#scans li").first).to_contain_text("Not admitted A1, Ana Lima")
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted"]
    page.reload()
    expect(page.get_by_label("Name of this entrance")).to_have_value("East")


def test_a_ticket_for_another_session_and_an_unknown_code(open_scanner, entrance):
    page = open_scanner(entrance.path)
    type_like_a_scanner(page, entrance.others[0])
    expect_panel(page, "refused", f"This ticket is for Room {entrance.rooms[1]}, ", f": {entrance.film}.")
    type_like_a_scanner(page, "NOBODYS")
    expect_panel(page, "refused", "There is no ticket with this code.")
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "in", "Seat A2")
    page.goto("/check-in/any/")
    type_like_a_scanner(page, entrance.others[0])
    expect_panel(page, "in", "Come in", f"Room {entrance.rooms[1]}")


def test_undoing_a_check_in(open_scanner, entrance):
    page = open_scanner(entrance.path)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    press(page, page.get_by_role("button", name="Undo A1, Ana Lima").first)
    expect_panel(page, "ready", "Check-in of seat A1 undone.")
    expect_people(page, 0)
    expect(page.locator("#scans li").first).to_contain_text("Undone")
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted", "undone", "admitted"]


def test_a_scan_without_a_network_is_queued_with_its_time(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    before = datetime.now(UTC)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Queued", "Not admitted yet.")
    after = datetime.now(UTC)
    expect(queue(page)).to_have_count(1)
    expect(page.get_by_role("heading", name="1 queued, not admitted yet")).to_be_visible()
    assert_accessible_and_fits(page)
    type_like_a_scanner(page, entrance.tickets[0].lower())
    expect_panel(page, "queued", re.compile(r"Already queued at \d\d:\d\d\. Not admitted yet\."))
    expect(queue(page)).to_have_count(1)
    assert entrance.scans(entrance.tickets[0]) == []
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(entrance.path)
    expect_people(page, 1)
    expect(page.locator("#queue")).to_be_hidden()
    ((outcome, scanned_at, by, _),) = entrance.scans(entrance.tickets[0])
    assert (outcome, by) == ("admitted", "manager")
    assert before <= datetime.fromisoformat(scanned_at) <= after


def test_queued_scans_are_sent_when_the_network_is_back(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.context.set_offline(False)
    expect_panel(page, "in", "Come in", "Seat A1")
    expect(page.locator("#queue")).to_be_hidden()


def test_the_scanner_reloads_without_a_network(open_scanner, entrance):
    page = open_scanner(entrance.path, service_workers="allow")
    wait_until(lambda: page.evaluate("async path => Boolean(await caches.match(path))", entrance.path))
    wait_until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.reload()
    expect(queue(page)).to_have_count(1)
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "queued", "Not admitted yet.")
    expect(queue(page)).to_have_count(2)
    page.context.set_offline(False)
    expect_panel(page, "in", "Seat A2")
    expect(page.locator("#queue")).to_be_hidden()
    assert [row[0] for code in entrance.tickets[:2] for row in entrance.scans(code)] == ["admitted", "admitted"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_scan_is_sent_again_after_an_error(open_scanner, entrance, status):
    page = open_scanner(entrance.path)
    sent = []

    def refuse_once(route):
        sent.append(route.request.post_data_json)
        if len(sent) == 1:
            route.fulfill(status=status, json={"message": "Later."}, headers={"Retry-After": "1"})
        else:
            route.continue_()

    page.route("**/api/v1/tickets/check-in", refuse_once)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert sent[0] == sent[1]
    assert len(entrance.scans(entrance.tickets[0])) == 1


def test_a_lost_answer_does_not_admit_twice(open_scanner, entrance):
    """The site got the request, but its answer was lost."""
    page = open_scanner(entrance.path)
    heard = []

    def lose_the_first(route):
        heard.append(route.fetch().status)
        if len(heard) == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/tickets/check-in", lose_the_first)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert heard == [200, 200]
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted"]


def test_a_hotspot_page_is_not_an_answer(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.route("**/api/v1/tickets/check-in", lambda route: route.fulfill(status=200, body="<h1>Welcome</h1>"), times=1)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    assert len(entrance.scans(entrance.tickets[0])) == 1


def test_one_ticket_at_two_entrances_without_a_network(open_scanner, entrance):
    east, west = open_scanner(entrance.path), open_scanner(entrance.path)
    for page, name in ((east, "East"), (west, "West")):
        page.get_by_label("Name of this entrance").fill(name)
        page.context.set_offline(True)
        page.get_by_label("Ticket code").focus()
        type_like_a_scanner(page, entrance.tickets[0])
        expect_panel(page, "queued", "Not admitted yet.")
    west.context.set_offline(False)
    expect_panel(west, "in", "Come in")
    # The next visitor is at the other entrance when its refusal arrives.
    type_like_a_scanner(east, entrance.tickets[1])
    expect_panel(east, "queued", "Not admitted yet.")
    east.context.set_offline(False)
    expect_panel(east, "in", "Seat A2")
    late = east.locator("#queue li.refused")
    expect(late).to_contain_text("Not admitted")
    expect(late).to_contain_text(", at West, by manager.")
    expect(east.locator("#late")).to_contain_text("Not admitted after waiting: Already used: ")
    expect(east.get_by_role("heading", name="1 refused after waiting")).to_be_visible()
    assert_accessible_and_fits(east)
    assert sorted((row[0], row[3]) for row in entrance.scans(entrance.tickets[0])) == [
        ("admitted", "West"),
        ("refused", "East"),
    ]
    east.reload()
    expect(late).to_have_count(1)  # until it is dismissed
    press(east, late.get_by_role("button", name=re.compile("^Dismiss")))
    expect(east.locator("#queue")).to_be_hidden()


def test_signing_in_again_sends_the_queue(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.context.clear_cookies(name="sessionid")
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    page.locator("#signed-out").get_by_role("link", name="Sign in again").click()
    sign_in(page, "manager", PASSWORD)
    page.wait_for_url(f"{entrance.site.url}{entrance.path}")
    expect_people(page, 1)
    expect(page.locator("#queue")).to_be_hidden()
    assert [row[0] for row in entrance.scans(entrance.tickets[0])] == ["admitted"]


def test_another_manager_on_the_same_phone_does_not_send_the_queue(open_scanner, entrance, site):
    page = open_scanner(entrance.path)
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "queued", "Not admitted yet.")
    name = f"mia{entrance.rooms[0]}"
    made = f"User.objects.create_user({name!r}, '{name}@example.org', {PASSWORD!r}, role=User.Role.MANAGER)"
    site.manage("shell", "-c", f"from accounts.models import User; {made}")
    page.context.clear_cookies()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(f"/account/sign-in/?next={entrance.path}")
    sign_in(page, name, PASSWORD)
    page.wait_for_url(f"{entrance.site.url}{entrance.path}")
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "in", "Seat A2")
    expect(page.locator("#queue")).to_be_hidden()
    assert entrance.scans(entrance.tickets[0]) == []


def test_a_scan_with_a_wrong_clock_stays_until_it_is_removed(open_scanner, entrance):
    page = open_scanner(entrance.path)
    page.clock.set_system_time(datetime(2099, 1, 1, tzinfo=UTC))
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "refused", "This is in the future: check the clock of this device.")
    page.reload()
    row = queue(page)
    expect(row).to_contain_text("check the clock of this device.")
    row.get_by_role("button", name=re.compile("^Remove")).click()
    expect(page.locator("#queue")).to_be_hidden()
    assert entrance.scans(entrance.tickets[0]) == []


def test_scanning_with_the_camera(open_scanner, entrance, browser):
    page = open_scanner("/check-in/")
    page.add_init_script(CAMERA)
    page.goto(entrance.path)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/tickets/check-in") else None)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("button", name="Stop the camera")).to_be_visible()
    wait_until(lambda: page.evaluate("document.querySelector('video').videoWidth > 0"))
    page.evaluate("code => { window.heldUp = [code]; }", entrance.tickets[0])
    expect_panel(page, "in", "Seat A1")
    page.wait_for_timeout(1_000)  # still in front of the camera
    page.evaluate("code => { window.heldUp = [code]; }", entrance.tickets[1])
    expect_panel(page, "in", "Seat A2")
    page.evaluate("code => { window.heldUp = [code]; }", entrance.tickets[0])
    page.wait_for_timeout(1_000)  # not out of sight for long enough
    assert len(sent) == 2
    page.evaluate("window.heldUp = []")
    page.wait_for_timeout(3_300)
    page.evaluate("code => { window.heldUp = [code]; }", entrance.tickets[0])
    expect_panel(page, "refused", "Already used: ")
    assert_accessible_and_fits(page)
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.locator("video")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_a_camera_without_permission(open_scanner, entrance):
    page = open_scanner("/check-in/")
    page.add_init_script(CAMERA)
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    page.goto(entrance.path)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#camera-message")).to_contain_text("The camera is not allowed here.")
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")


def test_no_camera_button_without_a_barcode_detector(open_scanner, entrance):
    page = open_scanner("/check-in/")
    page.add_init_script("delete window.BarcodeDetector;")
    page.goto(entrance.path)
    type_like_a_scanner(page, entrance.tickets[0])
    expect_panel(page, "in", "Come in")
    expect(page.get_by_role("button", name="Scan with the camera")).to_be_hidden()


def test_without_javascript(open_scanner, entrance):
    page = open_scanner(entrance.path, java_script_enabled=False)
    for kind in ("in", "refused"):
        page.get_by_label("Name of this entrance").fill("West")
        page.get_by_label("Ticket code").fill(entrance.tickets[0])
        page.get_by_role("button", name="Check in").click()
        expect_panel(page, kind)
    expect_panel(page, "refused", ", at West, by manager.")
    expect_people(page, 1)
    page.get_by_role("button", name="Undo A1, Ana Lima").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Check-in of seat A1 undone.")


def test_with_the_keyboard_only(open_scanner, entrance):
    page = open_scanner("/check-in/", viewport=DESKTOP)
    press(page, page.get_by_role("link", name=re.compile(rf"^Room {entrance.rooms[0]}, ")))
    expect(page.get_by_label("Ticket code")).to_be_focused()
    page.keyboard.type(entrance.tickets[0])
    press(page, page.get_by_role("button", name="Check in"))
    expect_panel(page, "in", "Come in")
    tab_to(page, page.get_by_label("Name of this entrance"))
    page.keyboard.type("East")
    press(page, page.get_by_role("link", name="Another session"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check-in")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_pages_are_accessible_and_fit(open_scanner, entrance, viewport, scheme):
    page = open_scanner("/check-in/", viewport=viewport, color_scheme=scheme)
    assert_accessible_and_fits(page)
    page.goto(entrance.path)
    assert_accessible_and_fits(page)
    for code, kind in ((entrance.tickets[0], "in"), (entrance.tickets[0], "refused")):
        type_like_a_scanner(page, code)
        expect_panel(page, kind)
        assert_accessible_and_fits(page)
    page.context.set_offline(True)
    type_like_a_scanner(page, entrance.tickets[1])
    expect_panel(page, "queued")
    assert_accessible_and_fits(page)
