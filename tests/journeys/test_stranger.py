"""A stranger's whole visit, on a phone and by the keyboard only: found, rated, kept, taken away and brought back."""

import json
import re
from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.journeys.steps import PHONE, press, tab_to

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 2")

REVIEW = "She puts things right,\nand nobody sees her do it. =1+1"


@pytest.fixture
def poster(tmp_path):
    """A picture as a phone takes it: too large, with a place in its EXIF."""
    picture = Image.new("RGB", (1200, 1800), (40, 60, 90))
    ImageDraw.Draw(picture).ellipse((300, 400, 900, 1000), fill=(230, 180, 60))
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (48.0, 53.0, 3.0)
    file = BytesIO()
    picture.save(file, "JPEG", exif=exif)
    path = tmp_path / "holiday.jpg"
    path.write_bytes(file.getvalue())
    return path


def test_a_library_is_made_taken_away_and_brought_back(visit, poster, tmp_path):
    page = visit("/", viewport=PHONE)
    page.on("dialog", lambda dialog: dialog.accept())
    sign_up(page)
    find_amelie(page)
    rate(page)
    see_it(page)
    keep(page, "Amélie")
    find(page, "gladiator")
    keep(page, "Gladiator")
    favour(page, "Gladiator")
    add_own_film(page, poster)
    assert_library_is_whole(page)
    before = export(page, tmp_path / "before.json")
    delete_everything(page)
    emptied = export(page, tmp_path / "emptied.json")
    assert not any(emptied[kind] for kind in ("films", "ratings", "watchlist", "history"))
    bring_back(page, tmp_path / "before.json")
    assert_library_is_whole(page)
    assert told(export(page, tmp_path / "after.json")) == told(before)


def sign_up(page: Page) -> None:
    name = f"stranger{uuid4().hex[:8]}"
    typed = {"Username": name, "Email": f"{name}@example.org", "Password": "a rainy night at the cinema"}
    press(page, page.get_by_role("banner").get_by_role("link", name="Sign in"))
    press(page, page.get_by_role("link", name="Create an account"))
    for label, text in typed.items():
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"You are signed in as {name}.")).to_be_visible()


def find(page: Page, text: str) -> None:
    """Over the dock to the search field, and the first suggestion."""
    press(page, page.get_by_role("navigation", name="Dock").get_by_role("link", name="Search"))
    field = page.get_by_role("combobox", name="Search films and people")
    tab_to(page, field)
    page.keyboard.type(text)
    first = page.get_by_role("listbox", name="Films").get_by_role("option").first
    expect(first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("article.film")).to_be_visible()


def find_amelie(page: Page) -> None:
    find(page, "amelei")
    expect(page.get_by_role("heading", level=1)).to_have_text("Amélie")


def rate(page: Page) -> None:
    choices = page.get_by_role("group", name="From 1 (worst) to 10 (best)").get_by_role("radio")
    tab_to(page, choices.first)
    page.keyboard.press("Space")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Review (optional)")).to_be_focused()
    for line in REVIEW.splitlines()[:-1]:
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    page.keyboard.type(REVIEW.splitlines()[-1])
    press(page, page.get_by_role("button", name="Save rating"))
    expect(page.get_by_role("button", name="Save changes")).to_be_visible()
    expect(page.locator("#reviews")).to_contain_text("and nobody sees her do it.")


def see_it(page: Page) -> None:
    summary = page.locator("details.seen summary")
    press(page, summary)
    press(page, page.get_by_role("button", name="Add to my history"))
    expect(page.locator(".seen-on")).to_contain_text("Seen on")


def keep(page: Page, title: str) -> None:
    button = page.locator(".film-actions").get_by_role("button", name=f"Watchlist {title}")
    expect(button).to_have_attribute("aria-pressed", "false")
    press(page, button)
    expect(button).to_have_attribute("aria-pressed", "true")


def favour(page: Page, title: str) -> None:
    page.goto("/watchlist/")
    heart = page.get_by_role("button", name=f"Favourite {title}")
    press(page, heart)
    expect(heart).to_have_attribute("aria-pressed", "true")


def add_own_film(page: Page, poster) -> None:
    press(page, page.get_by_role("banner").get_by_role("link", name=re.compile("^Your account")))
    press(page, page.get_by_role("link", name=re.compile("^My films")))
    press(page, page.get_by_role("link", name="Add a film"))
    tab_to(page, page.get_by_label("Title", exact=True))
    page.keyboard.type("Ferien am Fluß")
    tab_to(page, page.get_by_label("Year"))
    page.keyboard.type("2024")
    tab_to(page, page.get_by_label("Directors"))
    page.keyboard.type("Änne Groß")
    choose_file(page, page.get_by_label("Poster", exact=True), poster)
    press(page, page.get_by_role("button", name="Add this film"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ferien am Fluß")


def choose_file(page: Page, field, path) -> None:
    # Expected before the keys: the browser needs a moment until it hands its file choosers to Playwright.
    with page.expect_file_chooser() as chosen:
        tab_to(page, field)
        page.keyboard.press("Enter")
    chosen.value.set_files(path)


def assert_library_is_whole(page: Page) -> None:
    page.goto("/watchlist/")
    assert sorted(page.locator(".grid .card-title").all_inner_texts()) == ["Amélie", "Gladiator"]
    expect(page.get_by_role("button", name="Favourite Gladiator")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Favourite Amélie")).to_have_attribute("aria-pressed", "false")
    page.goto("/ratings/")
    row = page.get_by_role("listitem").filter(has_text="Amélie")
    expect(row).to_contain_text("9/10")
    expect(row).to_contain_text("and nobody sees her do it. =1+1")
    page.goto("/history/")
    expect(page.get_by_role("listitem").filter(has_text="Amélie")).to_be_visible()
    page.goto("/my-movies/")
    card = page.locator(".grid article").filter(has_text="Ferien am Fluß")
    expect(card).to_contain_text("2024")
    image = card.locator("img.poster")
    expect(image).to_be_visible()
    assert image.evaluate("async image => { await image.decode(); return image.naturalWidth > 100 }")


def export(page: Page, path) -> dict:
    page.goto("/library/")
    link = page.get_by_role("link", name="Download everything (JSON)")
    tab_to(page, link)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(path)
    return json.loads(path.read_text(encoding="utf-8-sig"))


def delete_everything(page: Page) -> None:
    page.goto("/ratings/")
    press(page, page.get_by_role("button", name="Delete your rating of Amélie"))
    expect(page.get_by_role("heading", name="You haven’t rated any films yet")).to_be_visible()
    page.goto("/history/")
    press(page, page.get_by_role("button", name=re.compile("^Remove")))
    expect(page.get_by_text(re.compile("Nothing|nothing"))).to_be_visible()
    page.goto("/watchlist/")
    for title in ("Amélie", "Gladiator"):
        press(page, page.get_by_role("button", name=f"Remove {title}"))
        expect(page.get_by_role("button", name=f"Add it back {title}")).to_be_visible()
    page.goto("/my-movies/")
    press(page, page.get_by_role("link", name=re.compile("^Edit")))
    press(page, page.get_by_role("link", name="Delete this film"))
    press(page, page.get_by_role("button", name="Delete this film permanently"))
    expect(page.get_by_role("heading", name="No films yet")).to_be_visible()


def bring_back(page: Page, path) -> None:
    page.goto("/library/")
    choose_file(page, page.get_by_label("File", exact=True), path)
    press(page, page.get_by_role("button", name="Check the file"))
    import_button = page.get_by_role("button", name="Import 5 rows")  # a film, a rating, two to see, one seen
    expect(import_button).to_be_visible(timeout=60_000)
    press(page, import_button)
    expect(page.locator("#state").get_by_role("status")).to_contain_text("Done: 5 rows imported.", timeout=60_000)


def told(library: dict) -> dict:
    """All that a library says, but when it was written and what an own film's number and poster's bytes are."""
    text = json.dumps({kind: library[kind] for kind in ("films", "ratings", "watchlist", "history")}, sort_keys=True)
    said = json.loads(text)
    for film in said["films"]:
        assert film.pop("poster")
    for rows in said.values():
        for row in rows:
            row.pop("marquee_id", None)
    return said
