"""Where buying goes wrong: others want the seats, time runs out, fingers slip, the sign-in ends in the middle."""

import re
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import PHONE, sign_in
from tests.visits import PASSWORD, choose, name_of, own_tickets, tap

# One process runs the site for all of these.
pytestmark = pytest.mark.xdist_group("site 1")

with_and_without_script = pytest.mark.parametrize("scripted", [True, False], ids=["script", "no-script"])


@pytest.fixture
def session(showing):
    """The path of its page."""
    return f"/sessions/{showing()['id']}/"


def get(page, number=1):
    return page.get_by_role("button", name=f"Get {number} ticket{'s' if number > 1 else ''}", exact=True)


def heading(page):
    return page.get_by_role("heading", level=1)


def bought(page):
    return [ticket["seat"] for ticket in own_tickets(page)]


def run_out(site, page, path, seconds=0):
    """Those seats are held for `seconds` more."""
    person = "(SELECT id FROM accounts_user WHERE username = %s)"
    changed = site.execute(
        f"UPDATE cinema_ticket SET held_until = clock_timestamp() + %s * interval '1 second' - interval '1 ms'"
        f" WHERE session_id = %s AND held_until IS NOT NULL AND user_id = {person}",
        seconds,
        int(path.strip("/").partition("/")[2]),
        name_of(page),
    )
    assert changed


@contextmanager
def at_once(*pages, where):
    """What the pages ask for in the block leaves when each of them has asked.

    Yields the requests as they come. Of several of one page a browser awaits the last; the others arrive as well.
    """
    waiting = {page: [] for page in pages}
    for page in pages:
        page.route(where, partial(list.append, waiting[page]))
    yield waiting
    for page in pages:
        while not waiting[page]:
            page.wait_for_timeout(20)
    for page in pages:
        *given_up, last = waiting[page]
        for route in given_up:
            route.fetch(max_redirects=0)
        last.continue_()
        page.unroute(where)


@with_and_without_script
def test_the_second_sees_a_seat_taken_that_the_first_bought(newcomer, session, scripted):
    first, second = newcomer(session), newcomer(session, refused=True, java_script_enabled=scripted)
    choose(first, "A1", "A2")
    get(first, 2).click()
    expect(heading(first)).to_have_text("These seats are yours")
    tap(second, "A2")  # on a plan that is older than that
    if not scripted:
        second.get_by_role("button", name="Hold these seats").click()
    expect(second.get_by_role("alert")).to_contain_text("Seat A2 is taken.")
    second.reload()
    expect(second.get_by_role("checkbox", name="Row A, seat 2, taken")).to_be_disabled()
    choose(second, "A3", scripted=scripted)
    get(second).click()
    expect(heading(second)).to_have_text("This seat is yours")
    assert (bought(first), bought(second)) == (["A1", "A2"], ["A3"])


@with_and_without_script
def test_two_want_overlapping_seats_at_once(newcomer, session, scripted):
    pages = [newcomer(session, refused=True, java_script_enabled=scripted) for _ in range(2)]
    for page, seat in zip(pages, ["A1", "A3"], strict=True):
        tap(page, seat)
        if scripted:
            get(page).wait_for()
    with at_once(*pages, where=f"**{session}"):
        for page in pages:
            tap(page, "A2")
            if not scripted:
                page.get_by_role("button", name="Hold these seats").click(no_wait_after=True)
    for page in pages:
        expect(get(page, 2).or_(page.get_by_role("alert"))).to_be_visible()
    (winner,) = [page for page in pages if get(page, 2).is_visible()]
    (loser,) = [page for page in pages if page is not winner]
    expect(loser.get_by_role("alert")).to_contain_text("Seat A2 is taken.")
    get(winner, 2).click()
    expect(heading(winner)).to_have_text("These seats are yours")
    assert ("A2" in bought(winner), bought(loser)) == (True, [])


def test_a_hold_runs_out_and_the_seat_is_the_next_ones(site, newcomer, session):
    first, second = newcomer(session), newcomer(session)
    choose(first, "A1")
    run_out(site, first, session, seconds=3)
    first.reload()
    expect(first).to_have_url(re.compile(r"\?ended$"))
    expect(first.get_by_role("alert")).to_have_text(re.compile("Your time is up. The seats are available"))
    choose(second, "A1")
    get(second).click()
    expect(heading(second)).to_have_text("This seat is yours")


@with_and_without_script
def test_buying_too_late_is_refused(site, newcomer, session, scripted):
    """The page still shows what it was told minutes ago."""
    first, second = newcomer(session, java_script_enabled=scripted), newcomer(session)
    choose(first, "A1", "A2", scripted=scripted)
    run_out(site, first, session)
    choose(second, "A2")
    with at_once(first, second, where="**/buy/"):
        get(first, 2).click(no_wait_after=True)
        get(second).click(no_wait_after=True)
    expect(first.get_by_text("These seats are no longer held for you. Choose again.")).to_be_visible()
    expect(heading(second)).to_have_text("This seat is yours")
    expect(first.locator("#seat-A1")).to_be_enabled()
    assert (bought(first), bought(second)) == ([], ["A2"])


@with_and_without_script
def test_a_double_tap_over_a_slow_network(newcomer, session, scripted):
    page = newcomer(session, java_script_enabled=scripted, viewport=PHONE, has_touch=True)
    choose(page, "A1", "A2", scripted=scripted)
    box = get(page, 2).bounding_box()
    with at_once(page, where="**/buy/") as asked:
        for taps in (1, 2):
            page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            while len(asked[page]) < taps:
                page.wait_for_timeout(20)
    expect(heading(page)).to_have_text("These seats are yours")
    confirmation = page.url
    page.reload()
    expect(heading(page)).to_have_text("These seats are yours")
    expect(page.get_by_role("heading", name=re.compile(r"Seat A\d"))).to_have_count(2)
    page.go_back()
    page.goto(confirmation)
    expect(page.get_by_role("heading", name=re.compile(r"Seat A\d"))).to_have_count(2)
    assert bought(page) == ["A1", "A2"]


def test_a_tap_on_get_while_the_last_seat_is_still_asked_for(newcomer, session):
    page = newcomer(session)
    choose(page, "A1")
    with at_once(page, where=f"**{session}"):
        tap(page, "A2")
        page.get_by_role("button", name=re.compile("^Get ")).click()  # says 1 still; what is meant is what is ticked
    expect(heading(page)).to_have_text("These seats are yours")
    assert bought(page) == ["A1", "A2"]


def test_two_tabs_of_one_person(newcomer, session):
    here = newcomer(session)
    choose(here, "A1")
    there = here.context.new_page()
    there.goto(session)
    expect(there.locator("#seat-A1")).to_be_checked()
    tap(there, "A2")
    get(there, 2).wait_for()
    get(here).click()  # of a hold that the other tab has replaced: nothing is bought that this one did not show
    expect(here.get_by_text("These seats are no longer held for you. Choose again.")).to_be_visible()
    get(here, 2).click()
    expect(heading(here)).to_have_text("These seats are yours")
    get(there, 2).click()
    expect(there).to_have_url(here.url)
    assert bought(here) == ["A1", "A2"]


@pytest.mark.parametrize(("scripted", "ended"), [(True, "there"), (False, "here")], ids=["script", "no-script"])
def test_signed_out_between_choosing_and_buying(site, newcomer, session, scripted, ended):
    page = newcomer(session, java_script_enabled=scripted)
    name = name_of(page)
    choose(page, "A1", "A2", scripted=scripted)
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    if ended == "here":
        page.context.clear_cookies(name="sessionid")
    else:
        assert site.execute("DELETE FROM django_session WHERE session_key = %s", cookie["value"]) == 1
    get(page, 2).click()
    expect(page).to_have_url(re.compile(r"/account/sign-in/\?next="))
    sign_in(page, name, PASSWORD)
    expect(page).to_have_url(re.compile(session))
    get(page, 2).click()
    expect(heading(page)).to_have_text("These seats are yours")
    assert bought(page) == ["A1", "A2"]


def test_all_cookies_are_gone_in_the_middle(newcomer, session):
    page = newcomer(session, refused=True)
    name = name_of(page)
    choose(page, "A1")
    page.context.clear_cookies()
    get(page).click()
    expect(heading(page)).to_have_text("Please try again")
    page.goto(session)
    page.get_by_role("link", name="Sign in to buy").click()
    sign_in(page, name, PASSWORD)
    get(page).click()
    expect(heading(page)).to_have_text("This seat is yours")
