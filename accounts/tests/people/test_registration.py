"""Registering users."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN, User
from accounts.people import registration
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def register(**changes):
    return registration.register(**{"username": "ana", "email": "ana@example.org", "password": PASSWORD} | changes)


def test_registering_creates_a_customer():
    user = register(name="Ana Kovač", date_of_birth=date(1994, 8, 2))
    assert user == User.objects.get()
    assert (user.username, user.email, user.name, user.date_of_birth) == (
        "ana",
        "ana@example.org",
        "Ana Kovač",
        date(1994, 8, 2),
    )
    assert (user.role, user.is_superuser, user.is_staff, user.is_active) == ("customer", False, False, True)
    assert user.check_password(PASSWORD)


def test_usernames_and_addresses_are_normalized():
    user = register(username="ａｎａ", email=" ａna@example.org ")
    assert (user.username, user.email) == ("ana", "ana@example.org")


def test_a_user_of_a_provider_has_no_password():
    assert not register(password=None).has_usable_password()


NAME = "Use only letters, digits and the characters . + - _ in a username."
LONG = "Ensure this value has at most 254 characters (it has 308)."
BORN = "Enter a date of birth in the past, not before 1900."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("username", "", "This field cannot be blank."),
        ("username", "two words", NAME),
        ("username", "ana@example.org", NAME),
        ("username", "ana\0", NAME),
        ("username", "ana\n", NAME),
        ("username", "an​a", NAME),
        ("username", "ﷺ" * 150, NAME),
        ("username", "a" * 151, "Ensure this value has at most 150 characters (it has 151)."),
        ("email", "", "This field cannot be blank."),
        ("email", "ana", "Enter a valid email address."),
        ("email", "ana@example.org\r\nBcc: x@example.org", "Enter a valid email address."),
        ("email", f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org", LONG),
        ("name", "Ana\0", "A name cannot contain control characters."),
        ("name", "Ana\r\nBcc: x", "A name cannot contain control characters."),
        ("name", "a" * 151, "Ensure this value has at most 150 characters (it has 151)."),
        ("date_of_birth", date(1899, 12, 31), BORN),
        ("date_of_birth", timezone.localdate() + timedelta(days=2), BORN),
        ("password", "short", "This password is too short. It must contain at least 8 characters."),
        ("password", "password", "This password is easy to guess. Use several words, or a longer phrase."),
        ("password", "8231765490", "This password is entirely numeric."),
        ("password", "ana@example.org", "The password is too similar to the email."),
        ("password", "x" * 1001, "This password is longer than 1000 characters."),
    ],
)  # fmt: skip
def test_invalid_values_are_refused(field, value, message):
    with pytest.raises(ValidationError) as refused:
        register(**{field: value})
    assert list(refused.value.message_dict) == [field]
    assert message in refused.value.message_dict[field]
    assert not User.objects.exists()


@pytest.mark.parametrize("days", [0, 1])
def test_nobody_is_born_today_or_later(days):
    with pytest.raises(ValidationError) as refused:
        register(date_of_birth=timezone.localdate() + timedelta(days=days))
    assert refused.value.message_dict == {"date_of_birth": [BORN]}


def test_all_errors_are_reported_at_once():
    with pytest.raises(ValidationError) as refused:
        register(username="a b", email="x", password="x", date_of_birth=date(1800, 1, 1))
    assert set(refused.value.message_dict) == {"username", "email", "password", "date_of_birth"}


@pytest.mark.parametrize("born", [date(1900, 1, 1), timezone.localdate() - timedelta(days=1), None])
def test_possible_dates_of_birth(born):
    assert register(date_of_birth=born).date_of_birth == born
    assert registration.find_birth_date_error(born) is None
    assert registration.find_birth_date_error(timezone.localdate()) == BORN


@pytest.mark.parametrize("username", ["ANA", "ａｎａ"])
def test_a_taken_username_is_refused(username):
    register()
    with pytest.raises(IntegrityError) as refused:
        register(username=username, email="other@example.org")
    assert registration.find_taken_field(refused.value) == ("username", USERNAME_TAKEN)
    assert User.objects.count() == EmailAddress.objects.count() == 1  # and the transaction is still usable


def test_registering_mails_the_link():
    user = register()
    assert EmailAddress.objects.values_list("user", "email", "verified", "primary").get() == (
        user.pk,
        "ana@example.org",
        False,
        True,
    )
    (message,) = mail.outbox
    assert (message.subject, message.to) == ("Welcome to Marquee Cinema: confirm your email", ["ana@example.org"])
    assert "/account/email/confirm/" in message.body


def test_an_address_that_a_provider_vouches_for_needs_no_link():
    register(password=None, is_confirmed=True)
    assert EmailAddress.objects.get().verified
    assert mail.outbox == []
    with pytest.raises(IntegrityError) as refused:
        register(username="other", email="ANA@example.org", password=None, is_confirmed=True)
    assert registration.find_taken_field(refused.value) == ("email", EMAIL_TAKEN)
    assert User.objects.count() == 1


def test_other_database_errors_name_no_field():
    assert registration.find_taken_field(IntegrityError("x")) is None


@pytest.mark.django_db(transaction=True)
def test_one_of_ten_concurrent_registrations_gets_the_username(at_once):
    numbers = iter(range(10))
    answers = at_once(lambda: register(email=f"ana{next(numbers)}@example.org"), 10)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError"] * 9 + ["User"]


@pytest.mark.django_db(transaction=True)
def test_all_of_ten_concurrent_registrations_may_give_one_address(at_once):
    numbers = iter(range(10))
    answers = at_once(lambda: register(username=f"ana{next(numbers)}"), 10)
    assert [type(answer).__name__ for answer in answers] == ["User"] * 10


def test_promoting_a_customer(ana):
    maria = registration.register_manager(username="maria", email="maria@example.org", password=PASSWORD)
    assert (maria.role, maria.is_superuser) == ("manager", False)
    assert registration.promote_to_manager("ANA") == ana
    assert User.objects.get(username="ana").role == "manager"
    with pytest.raises(registration.UnknownUser):
        registration.promote_to_manager("nobody")
