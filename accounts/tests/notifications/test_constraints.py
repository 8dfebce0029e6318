"""Constraints of notifications and mails, and the parts of a text."""

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
def test_the_database_refuses_an_invalid_notification(constraint, row):
    with pytest.raises(IntegrityError, match=constraint):
        NotificationFactory(**row)


def test_a_user_has_one_notification_of_a_kind_and_subject():
    notification = NotificationFactory(subject="purchase 1")
    NotificationFactory(subject="purchase 1")
    NotificationFactory(subject="purchase 1", user=notification.user, kind="session_moved")
    with pytest.raises(IntegrityError, match="notification_told_once"):
        NotificationFactory(subject="purchase 1", user=notification.user)


@pytest.mark.parametrize("link", ["/", "/tickets/", "/sessions/12/?seat=A1"])
def test_links_are_paths_of_the_site(link):
    assert NotificationFactory(link=link).pk


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("mail_has_one_subject", {}),
        ("mail_state_known", {"digest_day": date(2026, 1, 1), "state": "lost"}),
        ("mail_sent_says_when", {"digest_day": date(2026, 1, 1), "state": "sent", "times_sent": 1}),
    ],
)
def test_the_database_refuses_an_invalid_mail(constraint, row):
    with pytest.raises(IntegrityError, match=constraint):
        Mail.objects.create(user=UserFactory(), **row)


def test_a_mail_is_not_of_a_notification_and_a_day():
    notification = NotificationFactory()
    with pytest.raises(IntegrityError, match="mail_has_one_subject"):
        Mail.objects.create(user=notification.user, notification=notification, digest_day=date(2026, 1, 1))


def test_a_notification_has_one_mail():
    notification = NotificationFactory()
    Mail.objects.create(user=notification.user, digest_day=date(2026, 1, 1))
    Mail.objects.create(user=notification.user, digest_day=date(2026, 1, 2))
    mail = Mail.objects.create(user=notification.user, notification=notification)
    assert [str(each) for each in Mail.objects.all()] == [
        f"notification {notification.pk}",
        "digest of 2026-01-02",
        "digest of 2026-01-01",
    ]
    with pytest.raises(IntegrityError, match=r"notification_id"):
        Mail.objects.create(user=notification.user, notification=mail.notification)


def test_a_user_has_one_digest_a_day():
    user = UserFactory()
    Mail.objects.create(user=user, digest_day=date(2026, 1, 1))
    with pytest.raises(IntegrityError, match="mail_one_digest_a_day"):
        Mail.objects.create(user=user, digest_day=date(2026, 1, 1))


def test_the_first_line_is_the_headline_and_the_others_are_details():
    notification = NotificationFactory(text="Alien is on\nFriday, 20:15\nRoom 2")
    assert (str(notification), notification.headline, notification.details) == (
        "Alien is on",
        "Alien is on",
        "Friday, 20:15\nRoom 2",
    )
    assert NotificationFactory(text="Alien is on").details == ""
