"""What the database refuses, and the parts of a text."""

from datetime import date

import pytest
from django.db import IntegrityError

from accounts.models import Mail
from accounts.tests.factories import NotificationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("notification_kind_is_a_word", {"kind": ""}),
        ("notification_kind_is_a_word", {"kind": "Two words"}),
        ("notification_says_something", {"subject": ""}),
        ("notification_says_something", {"text": ""}),
        ("notification_link_is_a_path", {"link": ""}),
        ("notification_link_is_a_path", {"link": "https://elsewhere.example/"}),
        ("notification_link_is_a_path", {"link": "//elsewhere.example/"}),
        ("notification_link_is_a_path", {"link": "/\\elsewhere.example/"}),
    ],
)
def test_the_database_refuses_a_notification_that_cannot_be(constraint, row):
    with pytest.raises(IntegrityError, match=constraint):
        NotificationFactory(**row)


def test_nobody_is_told_twice():
    told = NotificationFactory(subject="purchase 1")
    NotificationFactory(subject="purchase 1")
    NotificationFactory(subject="purchase 1", user=told.user, kind="session_moved")
    with pytest.raises(IntegrityError, match="notification_told_once"):
        NotificationFactory(subject="purchase 1", user=told.user)


@pytest.mark.parametrize("link", ["/", "/tickets/", "/sessions/12/?seat=A1"])
def test_links_are_paths_of_the_site(link):
    assert NotificationFactory(link=link).pk


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("mail_of_a_notification_or_a_day", {}),
        ("mail_state_known", {"digest_day": date(2026, 1, 1), "state": "lost"}),
    ],
)
def test_the_database_refuses_a_mail_that_cannot_be(constraint, row):
    with pytest.raises(IntegrityError, match=constraint):
        Mail.objects.create(user=UserFactory(), **row)


def test_a_mail_is_not_of_both():
    told = NotificationFactory()
    with pytest.raises(IntegrityError, match="mail_of_a_notification_or_a_day"):
        Mail.objects.create(user=told.user, notification=told, digest_day=date(2026, 1, 1))


def test_a_person_has_one_digest_a_day_and_a_notification_one_mail():
    told = NotificationFactory()
    Mail.objects.create(user=told.user, digest_day=date(2026, 1, 1))
    Mail.objects.create(user=told.user, digest_day=date(2026, 1, 2))
    mail = Mail.objects.create(user=told.user, notification=told)
    assert [str(each) for each in Mail.objects.all()] == [
        f"notification {told.pk}",
        "digest of 2026-01-02",
        "digest of 2026-01-01",
    ]
    with pytest.raises(IntegrityError, match=r"notification_id"):
        Mail.objects.create(user=told.user, notification=mail.notification)


def test_one_digest_a_day():
    user = UserFactory()
    Mail.objects.create(user=user, digest_day=date(2026, 1, 1))
    with pytest.raises(IntegrityError, match="mail_one_digest_a_day"):
        Mail.objects.create(user=user, digest_day=date(2026, 1, 1))


def test_the_first_line_says_it_and_the_others_explain():
    told = NotificationFactory(text="Alien is on\nFriday, 20:15\nRoom 2")
    assert (str(told), told.headline, told.details) == ("Alien is on", "Alien is on", "Friday, 20:15\nRoom 2")
    assert NotificationFactory(text="Alien is on").details == ""
