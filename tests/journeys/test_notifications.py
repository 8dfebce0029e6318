"""From a notification to the page, the bell and the mail; and out of the mails again."""

from zlib import crc32

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from accounts.models import User
from accounts.notifications.notify import notify
from cinema.models import MovieSession
from cinema.notifications import session_added, session_cancelled
from tests import mailbox
from tests.conftest import wait_until
from tests.journeys.steps import PHONE, SIZES, assert_accessible_and_fits
from tests.visits import PASSWORD, sign_in_directly

pytestmark = pytest.mark.xdist_group("site 2")


def add_reader(name):
    """Create a user with a confirmed address and two notifications."""
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    film = MovieSession.objects.latest("starts_at").movie_id
    notify([user], session_cancelled.KIND, "session 1", "Cancelled: Solaris\nWe are sorry.", "/movies/")
    notify([user], session_added.KIND, f"movie {film}", "“Amélie” is showing here\nFriday, 20:15", "/watchlist/")


@pytest.fixture
def told(site, request):
    """The name of such a user."""
    name = f"reader{crc32(request.node.name.encode())}"
    site.call(add_reader, name)
    return name


def come_in(visit, name, **options):
    page = visit("about:blank", **options)
    sign_in_directly(page, name, PASSWORD)
    page.goto("/notifications/")
    return page


def mails_to(site, name):
    """By subject."""
    return {mail["Subject"]: mail for mail in mailbox.mails_to(site, name)}


def test_the_bell_the_page_and_on(visit, told):
    page = come_in(visit, told, viewport=PHONE)
    bell = page.locator("#bell")
    expect(bell).to_have_accessible_name("Notifications, 2 unread")
    page.get_by_role("button", name="Mark as read Cancelled: Solaris").click()
    expect(page.get_by_role("button", name="Mark as unread Cancelled: Solaris")).to_be_visible()
    expect(bell).to_have_accessible_name("Notifications, 1 unread")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("status")).to_contain_text("All notifications are marked as read.")
    expect(bell).to_have_accessible_name("Notifications")
    page.get_by_role("link", name="“Amélie” is showing here").click()
    page.wait_for_url("**/watchlist/")


def test_without_javascript(visit, told):
    page = come_in(visit, told, java_script_enabled=False)
    page.get_by_role("button", name="Mark as read Cancelled: Solaris").click()
    page.get_by_role("button", name="Mark as unread Cancelled: Solaris").click()
    page.get_by_role("link", name="Cancelled: Solaris").click()
    page.wait_for_url("**/movies/")
    expect(page.locator("#bell")).to_have_accessible_name("Notifications, 1 unread")
    page.locator("#bell").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("All notifications are marked as read.")).to_be_visible()


def test_pages_and_mails_are_accessible_and_fit(visit, site, told):
    page = come_in(visit, told, viewport=PHONE)
    assert_accessible_and_fits(page, *SIZES)
    page.goto("/account/preferences/")
    assert_accessible_and_fits(page, *SIZES)
    wait_until(lambda: len(mails_to(site, told)) == 2)
    for mail in mails_to(site, told).values():
        reader = page.context.new_page()  # a blank one: the site's policy forbids what a mail is made of
        reader.set_content(mail.get_body(("html",)).get_content())
        assert_accessible_and_fits(reader, *SIZES)


def test_out_of_the_mails_by_the_link_in_one_of_them(visit, site, told):
    wait_until(lambda: len(mails_to(site, told)) == 2)
    mails = mails_to(site, told)
    assert mails["Cancelled: Solaris"]["List-Unsubscribe"] is None
    address = mails["“Amélie” is showing here"]["List-Unsubscribe"].strip(" <>")
    assert address.startswith(site.url)
    page = visit(address, viewport=PHONE, java_script_enabled=False)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You're unsubscribed")
    page = come_in(visit, told)
    page.goto("/account/preferences/")
    expect(page.get_by_label("Email me about my films")).not_to_be_checked()
    page.goto(address)
    assert_accessible_and_fits(page)
