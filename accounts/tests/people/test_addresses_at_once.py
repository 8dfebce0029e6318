"""Two accounts that confirm one address at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from accounts import queries
from accounts.models import User
from accounts.notifications import account_mails
from accounts.people.addresses import confirm_address
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS, ACCOUNTS = "ana@example.org", 8


@pytest.fixture
def addresses():
    """As many accounts that have given the address, in some cases in capitals."""
    rows = [EmailAddress(user=UserFactory(email=ADDRESS), email=ADDRESS, primary=True) for _ in range(ACCOUNTS - 1)]
    rows.append(EmailAddress(user=UserFactory(email=ADDRESS.upper()), email=ADDRESS.upper(), primary=True))
    return EmailAddress.objects.bulk_create(rows)


def confirm_all(at_once, addresses):
    waiting = iter(addresses)
    return at_once(lambda: confirm_address(next(waiting), None), ACCOUNTS)


def test_one_of_them_has_it(at_once, addresses):
    outcomes = confirm_all(at_once, addresses)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IntegrityError"] * (ACCOUNTS - 1) + ["NoneType"]
    assert EmailAddress.objects.get(verified=True).user == queries.find_user(email=ADDRESS)
    assert User.objects.count() == ACCOUNTS


@contextmanager
def no_unique_index() -> Iterator[None]:
    names = ("user_confirmed_email_unique_ignoring_case", "unique_verified_email")
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [list(names)])
        definitions = [row[0] for row in cursor.fetchall()]
        for name in names:
            cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        EmailAddress.objects.all().delete()
        with connection.cursor() as cursor:
            for definition in definitions:
                cursor.execute(definition)


def test_without_the_index_all_of_them_have_it(at_once, addresses, monkeypatch):
    """The control of the race above."""
    monkeypatch.setattr(account_mails, "wake_after_commit", lambda: None)  # sending looks for the one owner
    with no_unique_index():
        assert confirm_all(at_once, addresses) == [None] * ACCOUNTS
        assert EmailAddress.objects.filter(verified=True).count() == ACCOUNTS
