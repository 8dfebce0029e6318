"""Check-in with the camera of the device."""

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.journeys.entrance.steps import expect_panel, type_like_a_scanner
from tests.journeys.steps import assert_accessible_and_fits

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
