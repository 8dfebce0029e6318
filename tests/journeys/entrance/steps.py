"""What a manager does and sees at the scanner."""

import re

from playwright.sync_api import expect


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
