"""A library comes in as a file and leaves as one: a real Chromium, a real worker, the whole running site."""

import json
import re
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.journeys.steps import DESKTOP, PHONE, assert_accessible_and_fits, press
from tests.visits import sign_in_directly

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 2")

DIARY = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
2024-01-05,Gladiator,2000,https://boxd.it/a,4.5,,,2024-01-04
2024-01-06,Amélie,2001,https://boxd.it/b,,,,2024-01-06
2024-01-07,No such film at all,1999,https://boxd.it/c,3,,,2024-01-07
2024-01-08,Gladiator,2000,https://boxd.it/d,9,,,2024-01-08
"""


class Person:
    """A newcomer, by the API."""

    def __init__(self, site):
        self.site = site
        self.name = f"reader{uuid4().hex[:8]}"
        self.password = "a long way to the library"
        body = {"username": self.name, "email": f"{self.name}@example.org", "password": self.password}
        answer = requests.post(f"{site.url}/api/v1/auth/register", json=body, timeout=60)
        self.headers = {"Authorization": f"Bearer {answer.json()['access']}"}

    def ask(self, method, path, **options):
        address = f"{self.site.url}/api/v1{path}"
        return requests.request(method, address, headers=self.headers, timeout=60, **options)

    def import_file(self, content, name):
        """The job once a worker has checked it, and once one has applied it."""
        job = self.ask("POST", "/library/imports", files={"file": (name, content)}).json()
        path = f"/library/imports/{job['id']}"
        wait_until(lambda: self.ask("GET", path).json()["status"] == "checked")
        checked = self.ask("GET", path).json()
        assert self.ask("POST", f"{path}/apply").status_code == 202
        wait_until(lambda: self.ask("GET", path).json()["status"] == "done")
        return checked, self.ask("GET", path).json()


@pytest.fixture
def reader(site):
    return Person(site)


@pytest.fixture
def diary(tmp_path):
    file = tmp_path / "diary.csv"
    file.write_text(DIARY)
    return file


def come_in(visit, reader, **options):
    page = visit("about:blank", **options)
    sign_in_directly(page, reader.name, reader.password)
    page.goto("/library/")
    return page


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_diary_comes_in(visit, reader, diary, viewport):
    page = come_in(visit, reader, viewport=viewport)
    assert_accessible_and_fits(page)
    page.get_by_label("File", exact=True).set_input_files(diary)
    press(page, page.get_by_role("button", name="Check the file"))
    expect(page.get_by_role("heading", level=1)).to_have_text("diary.csv")
    import_button = page.get_by_role("button", name="Import 4 rows")  # three viewings and a rating
    expect(import_button).to_be_visible(timeout=60_000)
    expect(page.get_by_text("“9” is not a rating from 0.5 to 5 in halves.")).to_be_visible()
    assert_accessible_and_fits(page)
    press(page, page.get_by_role("link", name=re.compile("Film not found 2")))
    expect(page.get_by_role("row")).to_have_count(3)  # one is the heading
    press(page, page.get_by_role("button", name="Import 4 rows"))
    expect(page.get_by_text("Done: 4 rows imported.")).to_be_visible(timeout=60_000)
    assert reader.ask("GET", "/ratings").json()["items"][0]["rating"] == 9
    assert reader.ask("GET", "/history").json()["meta"]["total"] == 3


def test_it_works_without_javascript(visit, reader, diary):
    page = come_in(visit, reader, java_script_enabled=False)
    page.get_by_label("File", exact=True).set_input_files(diary)
    page.get_by_role("button", name="Check the file").click()
    import_button = page.get_by_role("button", name="Import 4 rows")

    def looked_again():
        if import_button.count():
            return True
        page.get_by_role("link", name="Refresh").click()
        return False

    wait_until(looked_again)
    with page.expect_navigation():  # a reload before it has ended is an error
        import_button.click()
    wait_until(
        lambda: (
            page.reload()
            and "Done: 4 rows imported." in page.content().replace("<strong>", "").replace("</strong>", "")
        )
    )


def test_a_library_leaves_and_is_found_again(visit, reader):
    _, done = reader.import_file(DIARY, "diary.csv")
    assert done["counts"] == {"create": 4, "unmatched": 2, "invalid": 1}
    page = come_in(visit, reader)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download everything (JSON)").click()
    assert started.value.suggested_filename.startswith(f"marquee-{reader.name}-")
    text = started.value.path().read_text()
    assert [len(json.loads(text)[name]) for name in ("films", "ratings", "watchlist", "history")] == [0, 1, 0, 3]
    checked, _ = reader.import_file(text, "marquee.json")
    assert checked["counts"] == {"unchanged": 4}
