"""A fetch as a manager's program follows it: the example of docs/, with npm's own socket.io-client, the whole site."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from catalog_sync.tests.fakes.omdb import error_json, title_json
from devstack.tools import npm
from tests.journeys.steps import sign_in

pytestmark = pytest.mark.xdist_group("site 1")

EXAMPLE = Path(settings.BASE_DIR) / "docs" / "follow-a-fetch.js"
# What a page of the site would do, which knows who sits there by the cookie.
SCRIPT = """(realtime) => {
  const list = document.body.appendChild(Object.assign(document.createElement("ol"), {id: "said"}));
  const say = (line) => list.append(Object.assign(document.createElement("li"), {innerText: line}));
  const socket = io(realtime, {withCredentials: true});
  socket.on("connect_error", (error) => say(`connect_error ${error.message}`));
  socket.once("connect", () => say("connected"));
  socket.io.engine.on("upgrade", (transport) => say(`upgrade ${transport.name}`));
  for (const event of ["fetch:progress", "fetch:completed", "fetch:error"])
    socket.on(event, (job) => say(`${event} ${job.progress ?? job.movies?.length ?? job.error}`));
}"""


def follow(site, term, username="manager"):
    """The lines that the example prints, as (event, what came with it)."""
    process = npm.start(EXAMPLE, term, site.url, site.realtime, username, "marquee-demo")
    try:
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    lines = [line.partition(" ") for line in out.splitlines()]
    return [(event, json.loads(data) if data.startswith("{") else data) for event, _, data in lines]


def test_a_program_of_twenty_lines_follows_a_fetch_to_its_end(site):
    code = EXAMPLE.read_text().splitlines()
    assert len([line for line in code if line and not line.startswith("//")]) <= 20
    numbers = range(9_000_001, 9_000_013)
    site.omdb.titles |= {f"tt{number}": title_json(number, Title=f"Star {number}") for number in numbers}
    *progress, completed = follow(site, "star")
    (job,) = {data["jobId"] for _, data in progress}
    assert {event for event, _ in progress} == {"fetch:progress"}
    assert [(data["searchTerm"], data["status"]) for _, data in progress] == [("star", "running")] * len(progress)
    assert [set(data) for _, data in progress] == [{"jobId", "progress", "total", "searchTerm", "status"}] * len(
        progress
    )
    done = [data["progress"] for _, data in progress]
    assert done == sorted(done)
    assert (done[-1], progress[-1][1]["total"]) == (12, 12)
    event, data = completed
    assert (event, data["jobId"], data["searchTerm"], set(data)) == (
        "fetch:completed", job, "star", {"jobId", "movies", "searchTerm"},
    )  # fmt: skip
    assert [set(movie) for movie in data["movies"]] == [{"id", "title", "year", "imdb_id"}] * 12
    assert [(movie["title"], movie["year"], movie["imdb_id"]) for movie in data["movies"]] == [
        (f"Star {number}", 2019, f"tt{number}") for number in numbers
    ]


def test_a_program_hears_why_a_fetch_failed(site):
    site.omdb.fail("s=comet", status=401, body=json.dumps(error_json("Invalid API key!")).encode(), times=100)
    try:
        *_, (event, data) = follow(site, "comet")
    finally:
        site.omdb.clear_faults()
    assert event == "fetch:error"
    assert set(data) == {"jobId", "error"}
    assert data["error"] == "OMDb does not accept the key in OMDB_API_KEY."


def test_a_customer_s_program_is_not_let_in(site):
    """It would try to connect for ever; its fetch is refused by the API as well."""
    process = npm.start(EXAMPLE, "star", site.url, site.realtime, "customer", "marquee-demo")
    try:
        assert process.stdout.readline() == "connect_error You may not do this.\n"
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def trial(visit, site):
    """What that script says in a browser in which this person has signed in, if any."""

    def run(username=None):
        # The site's own pages connect to nothing but the site, which Socket.IO is only behind a proxy.
        page = visit("/account/sign-in/", bypass_csp=True, refused=username != "manager")
        if username:
            sign_in(page, username, "marquee-demo")
            page.wait_for_url(f"{site.url}/")
        page.add_script_tag(path=npm.install() / "socket.io-client" / "dist" / "socket.io.js")
        page.evaluate(SCRIPT, site.realtime)
        return page.locator("#said li")

    return run


def test_a_page_of_the_site_hears_by_the_cookie_of_whoever_sits_there(trial, site):
    """It begins with polling and goes on by WebSocket, as every page does unless it is told otherwise."""
    said = trial("manager")
    for word in ("connected", "upgrade websocket"):
        expect(said.filter(has_text=word)).to_have_count(1)
    site.omdb.titles |= {
        f"tt{number}": title_json(number, Title=f"Planet {number}") for number in (9_100_001, 9_100_002)
    }
    follow(site, "planet")
    expect(said.last).to_have_text("fetch:completed 2")
    assert "fetch:progress 2" in said.all_inner_texts()


@pytest.mark.parametrize(("who", "why"), [(None, "Sign in first."), ("customer", "You may not do this.")])
def test_a_page_in_anybody_else_s_hands_is_refused(trial, who, why):
    said = trial(who)
    expect(said.filter(has_text=f"connect_error {why}")).to_have_count(1)  # a poll may fail before
    expect(said.filter(has_text="connected")).to_have_count(0)
