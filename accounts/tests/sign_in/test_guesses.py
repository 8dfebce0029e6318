"""The limit on guesses itself: how many there are in a day, for whom they count, and who is told."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from accounts import queries
from accounts.models import User, to_nfkc
from accounts.sign_in import guesses, passwords
from accounts.sign_in.known_browsers import find_known_browser, remember_browser
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import UserFactory
from common.errors import TooManyRequests
from common.limits import slots
from common.limits.requests import LimitsUnavailable

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def guess(**name):
    """Return whether a wrong password was compared, and how long to wait where it was not."""
    try:
        passwords.authenticate("wrong", **name)
    except TooManyRequests as refused:
        return False, refused.wait
    return True, 0


@pytest.mark.parametrize("name", ["ana", "unknown"])
def test_a_day_of_guessing_without_a_pause(ana, monkeypatch, name):
    """The attacker comes back at each moment at which a guess is allowed."""
    monkeypatch.setattr(passwords, "make_password", lambda password: "")
    monkeypatch.setattr(passwords, "is_password_of", lambda user, password: False)
    compared, waits = 0, []
    with time_machine.travel(NOON, tick=False) as clock:
        while datetime.now(UTC) < NOON + timedelta(days=1):
            is_compared, wait = guess(username=name)
            compared += is_compared
            if wait:
                waits.append(wait)
                clock.shift(wait)
    assert waits[:8] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert 30 <= compared <= 40


def test_guesses_are_forgotten_after_a_day_without_any(ana):
    with time_machine.travel(NOON, tick=False) as clock:
        assert [guess(username="ana")[0] for _ in range(12)].count(True) == 10
        clock.shift(timedelta(days=1, seconds=1))
        assert [guess(username="ana")[0] for _ in range(12)].count(True) == 10


def test_the_right_password_starts_anew(ana):
    for _ in range(3):
        assert [guess(username="ana")[0] for _ in range(9)].count(True) == 9
        assert passwords.authenticate(PASSWORD, username="ana") == ana


def test_the_right_password_waits_as_well(ana):
    for _ in range(10):
        guess(username="ana")
    with pytest.raises(TooManyRequests):
        passwords.authenticate(PASSWORD, username="ana")


def test_a_reset_by_mail_ends_the_wait(ana):
    for _ in range(10):
        guess(username="ana")
    passwords.reset_password(ana, "another long sentence")
    assert passwords.authenticate("another long sentence", username="ana") == ana


@pytest.mark.parametrize("name", ["ana", "unknown"])
def test_what_no_password_was_compared_for_does_not_count(ana, monkeypatch, name):
    """The process hashes others at three guesses, the last of which would have begun a wait."""
    monkeypatch.setattr(slots, "PASSWORD_PATIENCE_SECONDS", 0)
    for number in range(1, 14):
        if number in (2, 5, 12):
            with slots.take_slot("passwords"), pytest.raises(slots.Busy):
                guess(username=name)
        else:
            assert guess(username=name) == (True, 0)
    assert guess(username=name) == (False, 60)


def test_nor_does_it_where_the_guesses_were_forgotten_meanwhile(ana):
    taken = guesses.begin_guess(guesses.PASSWORD, ana)
    guesses.forget_guesses(ana)
    with pytest.raises(slots.Busy), taken.checking():
        raise slots.Busy
    assert [guess(username="ana")[0] for _ in range(12)].count(True) == 10


@pytest.mark.django_db(transaction=True)
def test_a_crowd_at_once_gets_no_further(ana, at_once):
    assert [answer[0] for answer in at_once(lambda: guess(username="ana"), 20)].count(True) == 10


def test_a_closed_account_counts_as_an_unknown_one(ana):
    User.objects.update(is_active=False)
    known, unknown = ([guess(username=name) for _ in range(12)] for name in ("ana", "unknown"))
    assert known == unknown


def test_without_redis_no_password_is_compared(ana, settings):
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    for act in (
        lambda: passwords.authenticate(PASSWORD, username="ana"),
        lambda: passwords.confirm_password(ana, PASSWORD),
        lambda: guesses.count_mail("reset", ana),
    ):
        with pytest.raises(LimitsUnavailable):
            act()


# --- One normalization ---


def find_changing():
    """Return every letter and digit with another case or form: dotted and dotless I, Kelvin sign, sigmas, ligatures."""
    return [
        letter
        for letter in map(chr, range(0x110000))
        if letter.isalnum() and {letter.lower(), letter.upper(), letter.casefold(), to_nfkc(letter)} != {letter}
    ]


def test_names_are_one_for_the_limit_exactly_where_they_are_one_for_the_database():
    """Otherwise another spelling would be another counter, or two people would share one."""
    names = [f"x{letter}" for letter in find_changing()] + ["xss", "xfi", "xi\u0307", "xviii"]
    assert len(names) > 5000
    # In one query: a line break is no letter, so nothing depends on what stands beside it.
    keys = dict(zip(names, queries.normalize_identifier("\n".join(names)).split("\n"), strict=True))
    users = [User(username=to_nfkc(name), email=f"{number}@example.org") for number, name in enumerate(names)]
    User.objects.bulk_create(users, ignore_conflicts=True, batch_size=1000)
    stored = User.objects.values_list("username", flat=True)
    stored_keys = queries.normalize_identifier("\n".join(stored)).split("\n")
    assert len(stored_keys) == len(set(stored_keys))
    assert set(stored_keys) == set(keys.values())
    assert {keys[f"x{letter}"] for letter in "kK\u212a"} == {"xk"}


# --- Known browsers ---


class Answer:
    cookies: dict

    def __init__(self):
        self.cookies = {}

    def set_cookie(self, name, value, **options):
        assert options["httponly"]
        self.cookies[name] = value


def cookies_of(user):
    answer = Answer()
    remember_browser(answer, user)
    return answer.cookies


def test_a_known_browser_is_known_for_its_user_and_until_the_password_changes(ana, rf):
    bea = UserFactory()
    request = rf.post("/")
    request.COOKIES = cookies_of(ana)
    assert find_known_browser(request, ana).startswith(f"{ana.pk}:")
    assert find_known_browser(request, bea) == ""
    passwords.replace_password(ana, "another long sentence")
    assert find_known_browser(request, User.objects.get(pk=ana.pk)) == ""


@pytest.mark.parametrize("forge", [lambda value: value + "x", lambda value: value.replace(":", "", 1), lambda _: ""])
def test_a_forged_mark_is_none(ana, rf, forge):
    request = rf.post("/")
    request.COOKIES = {name: forge(value) for name, value in cookies_of(ana).items()}
    assert find_known_browser(request, ana) == ""


def test_guesses_in_a_known_browser_are_limited_too(ana, rf):
    request = rf.post("/")
    request.COOKIES = cookies_of(ana)
    assert [guess(username="ana", request=request)[0] for _ in range(12)].count(True) == 10
    assert [guess(username="ana")[0] for _ in range(12)].count(True) == 10


# --- The mail to the owner ---


def test_the_owner_is_told_once_a_day(ana):
    counts = []
    with time_machine.travel(NOON, tick=False) as clock:
        for hours in (0, 2, 20, 3):
            clock.shift(timedelta(hours=hours))
            for _ in range(11):
                guess(username="ana")
            counts.append(len(mail.outbox))
    assert counts == [1, 1, 2, 2]
    assert mail.outbox[0].subject == "Failed sign-ins to your account at Marquee Cinema"
    assert mail.outbox[0].to == ["ana@example.org"]
    assert "Wrong passwords were entered again and again for your account ana." in mail.outbox[0].body


def test_nine_wrong_ones_are_no_news(ana):
    for _ in range(9):
        guess(username="ana")
    assert mail.outbox == []
