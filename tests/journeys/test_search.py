"""The search field while a visitor types, in a real Chromium against the whole running site."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps import PHONE, SIZES, assert_accessible_and_fits

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 2")


def field(page: Page):
    return page.get_by_role("combobox", name="Search films and people")


def suggestions(page: Page, **how):
    """Not the options of the filters below."""
    return page.get_by_role("listbox", name="Films").get_by_role("option", **how)


def type_in(page: Page, text: str) -> None:
    field(page).focus()
    page.keyboard.type(text)
    expect(suggestions(page).first).to_be_visible()


def chosen(page: Page):
    return suggestions(page, selected=True)


def test_a_film_is_chosen_by_the_keyboard(visit):
    page = visit("/")
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    type_in(page, "the godfahter")
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_text("Showing results for “the godfather”", exact=True)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="3 films.")).to_be_attached()
    options = suggestions(page)
    expect(options).to_have_count(3)
    expect(chosen(page)).to_have_count(0)
    for key, place in [("ArrowDown", 0), ("ArrowDown", 1), ("End", 2), ("Home", 0), ("ArrowUp", None), ("ArrowUp", 2),
                       ("ArrowDown", None), ("ArrowDown", 0)]:  # fmt: skip
        page.keyboard.press(key)
        if place is None:
            expect(chosen(page)).to_have_count(0)
            assert field(page).get_attribute("aria-activedescendant") is None
        else:
            expect(options.nth(place)).to_have_attribute("aria-selected", "true")
            expect(field(page)).to_have_attribute("aria-activedescendant", options.nth(place).get_attribute("id"))
    expect(field(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The Godfather")


def test_escape_closes_and_enter_without_a_choice_searches(visit):
    page = visit("/")
    type_in(page, "godfath")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    expect(field(page)).to_have_value("godfath")
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/movies/\?query=godfath$"))


def test_a_touch_chooses_on_a_phone(visit):
    page = visit("/movies/", viewport=PHONE, has_touch=True)
    type_in(page, "amelei")
    suggestions(page).first.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Amélie")


def test_the_open_list_is_accessible_and_fits(visit):
    page = visit("/movies/", viewport=PHONE)
    type_in(page, "se")
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_have_count(1)
    on_top = """element => {
        const { x, y } = element.getBoundingClientRect();
        return element.contains(document.elementFromPoint(x + 9, y + 9));
    }"""
    for size in SIZES:
        page.set_viewport_size(size)
        for option in suggestions(page).all():
            assert option.bounding_box()["height"] >= 44
        assert suggestions(page).first.evaluate(on_top)
    assert_accessible_and_fits(page, *SIZES)


def test_the_page_of_a_correction_says_so_without_javascript(visit):
    page = visit("/movies/?query=godfahter", java_script_enabled=False)
    expect(page.get_by_role("status").filter(has_text="Showing results for “godfather”")).to_be_visible()
    expect(page).to_have_title(re.compile("^Films for “godfather”"))
    expect(page.get_by_role("searchbox", name="Search films and people")).to_have_value("godfahter")
