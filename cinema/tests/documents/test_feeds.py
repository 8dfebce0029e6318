"""Private addresses of calendar feeds."""

import re
import threading

import pytest
from django.db import IntegrityError

from accounts.tests.factories import UserFactory
from cinema.documents import feeds
from cinema.models import CalendarFeed
from movies.tests.at_once import at_once

pytestmark = pytest.mark.django_db


def token(address):
    return re.fullmatch(r".*/api/v1/calendar/(.+)\.ics", address)[1]


def test_a_user_has_no_address_before_the_first_reset():
    user = UserFactory()
    assert feeds.find_address(user) is None
    address = feeds.reset_address(user)
    assert feeds.find_address(user) == address
    assert feeds.find_user(token(address)) == user


def test_the_address_is_absolute(settings):
    settings.PUBLIC_URL = "https://roxy.example"
    assert re.fullmatch(
        r"https://roxy\.example/api/v1/calendar/\d+-[0-9a-f]{64}\.ics", feeds.reset_address(UserFactory())
    )


def test_a_reset_invalidates_the_old_address():
    user = UserFactory()
    old, new = feeds.reset_address(user), feeds.reset_address(user)
    assert old != new
    assert feeds.find_user(token(old)) is None
    assert feeds.find_user(token(new)) == user


def test_a_deleted_address_stays_invalid():
    user = UserFactory()
    old = feeds.reset_address(user)
    feeds.delete_address(user)
    assert (feeds.find_address(user), feeds.find_user(token(old))) == (None, None)
    assert feeds.reset_address(user) != old
    assert feeds.find_user(token(old)) is None


def test_an_inactive_user_has_no_feed():
    user = UserFactory()
    address = feeds.reset_address(user)
    user.is_active = False
    user.save()
    assert feeds.find_user(token(address)) is None


def test_the_token_is_not_stored_and_depends_on_the_secret(settings):
    user = UserFactory()
    address = feeds.reset_address(user)
    secret = token(address).partition("-")[2]
    (row,) = CalendarFeed.objects.values()
    assert secret not in repr(row)
    settings.SECRET_KEY = "another-key-of-the-site-0123456789abcdef"
    assert feeds.find_address(user) != address
    assert feeds.find_user(token(address)) is None


def test_the_hmac_of_another_feed_is_invalid():
    one, other = token(feeds.reset_address(UserFactory())), token(feeds.reset_address(UserFactory()))
    assert feeds.find_user(f"{other.partition('-')[0]}-{one.partition('-')[2]}") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1-",
        "-" + "0" * 64,
        "0-" + "0" * 64,
        "1-" + "0" * 64,
        "9" * 30 + "-" + "0" * 64,
        "１-" + "0" * 64,
        "\0",
        "x" * 9999,
    ],
)
def test_an_invalid_token_has_no_user(text):
    feeds.reset_address(UserFactory())
    assert feeds.find_user(text) is None


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text + "\n", lambda text: "0" + text, lambda text: text[:-1]]
)
def test_a_token_has_only_one_spelling(change):
    user = UserFactory()
    right = token(feeds.reset_address(user))
    assert feeds.find_user(right) == user
    assert change(right) == right or feeds.find_user(change(right)) is None


def test_finding_the_user_takes_one_query(django_assert_num_queries):
    right = token(feeds.reset_address(UserFactory()))
    with django_assert_num_queries(1):
        feeds.find_user(right)


@pytest.fixture
def concurrent_first_resets(monkeypatch):
    """Return a function that runs three resets at once, all of which find no feed and create one with `make`."""

    def answers(user, make):
        barrier = threading.Barrier(3)

        def together(**row):
            barrier.wait(60)
            return make(**row)

        monkeypatch.setattr(CalendarFeed.objects, "get_or_create", together)
        return at_once([lambda: feeds.reset_address(user)] * 3)

    return answers


@pytest.mark.django_db(transaction=True)
def test_concurrent_first_resets_get_the_same_address(concurrent_first_resets):
    user = UserFactory()
    addresses = concurrent_first_resets(user, CalendarFeed.objects.get_or_create)
    assert addresses == [feeds.find_address(user)] * 3
    assert feeds.find_user(token(addresses[0])) == user


@pytest.mark.django_db(transaction=True)
def test_control_concurrent_plain_creates_fail(concurrent_first_resets):
    answers = concurrent_first_resets(UserFactory(), lambda user: (CalendarFeed.objects.create(user=user), True))
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 2
