"""Private addresses of calendars."""

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


def test_nobody_has_one_without_asking():
    user = UserFactory()
    assert feeds.address(user) is None
    address = feeds.reset(user)
    assert feeds.address(user) == address
    assert feeds.whose(token(address)) == user


def test_it_is_whole(settings):
    settings.PUBLIC_URL = "https://roxy.example"
    assert re.fullmatch(r"https://roxy\.example/api/v1/calendar/\d+-[0-9a-f]{64}\.ics", feeds.reset(UserFactory()))


def test_after_a_reset_the_old_one_is_nobodys():
    user = UserFactory()
    old, new = feeds.reset(user), feeds.reset(user)
    assert old != new
    assert feeds.whose(token(old)) is None
    assert feeds.whose(token(new)) == user


def test_one_that_was_taken_away_does_not_come_back():
    user = UserFactory()
    old = feeds.reset(user)
    feeds.stop(user)
    assert (feeds.address(user), feeds.whose(token(old))) == (None, None)
    assert feeds.reset(user) != old
    assert feeds.whose(token(old)) is None


def test_whoever_may_not_sign_in_has_no_feed():
    user = UserFactory()
    address = feeds.reset(user)
    user.is_active = False
    user.save()
    assert feeds.whose(token(address)) is None


def test_no_row_holds_the_token_and_another_secret_makes_another(settings):
    user = UserFactory()
    address = feeds.reset(user)
    secret = token(address).partition("-")[2]
    (row,) = CalendarFeed.objects.values()
    assert secret not in repr(row)
    settings.SECRET_KEY = "another-key-of-the-site-0123456789abcdef"
    assert feeds.address(user) != address
    assert feeds.whose(token(address)) is None


def test_somebody_elses_number_with_ones_own_proof_is_nobodys():
    one, other = token(feeds.reset(UserFactory())), token(feeds.reset(UserFactory()))
    assert feeds.whose(f"{other.partition('-')[0]}-{one.partition('-')[2]}") is None


@pytest.mark.parametrize(
    "given",
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
def test_what_nobody_made_is_nobodys(given):
    feeds.reset(UserFactory())
    assert feeds.whose(given) is None


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text + "\n", lambda text: "0" + text, lambda text: text[:-1]]
)
def test_there_is_one_way_to_write_it(change):
    user = UserFactory()
    right = token(feeds.reset(user))
    assert feeds.whose(right) == user
    assert change(right) == right or feeds.whose(change(right)) is None


def test_reading_is_one_query(django_assert_num_queries):
    right = token(feeds.reset(UserFactory()))
    with django_assert_num_queries(1):
        feeds.whose(right)


@pytest.fixture
def first_ones(monkeypatch):
    """Answers of three who all found that there is no feed yet, and make one with `make`."""

    def answers(user, make):
        everybody = threading.Barrier(3)

        def together(**row):
            everybody.wait(20)
            return make(**row)

        monkeypatch.setattr(CalendarFeed.objects, "get_or_create", together)
        return at_once([lambda: feeds.reset(user)] * 3)

    return answers


@pytest.mark.django_db(transaction=True)
def test_first_ones_at_once_are_the_same(first_ones):
    user = UserFactory()
    addresses = first_ones(user, CalendarFeed.objects.get_or_create)
    assert addresses == [feeds.address(user)] * 3
    assert feeds.whose(token(addresses[0])) == user


@pytest.mark.django_db(transaction=True)
def test_control_without_asking_first_they_fail(first_ones):
    answers = first_ones(UserFactory(), lambda user: (CalendarFeed.objects.create(user=user), True))
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 2
