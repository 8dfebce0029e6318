"""Sending notifications, each once, and marking them as read."""

from dataclasses import replace

import pytest
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerAway

from accounts.models import Mail, Notification
from accounts.notifications import read_marks
from accounts.notifications.notify import NewNotification, notify, notify_all
from accounts.tests.factories import NotificationFactory, UserFactory
from accounts.tests.kinds import CANCELLATION, FILM_ADDED, HOW_WAS_IT, KINDS, OFFER, TICKETS
from common.services import publishing
from config.celery import app

pytestmark = pytest.mark.django_db
ALWAYS = [TICKETS, OFFER, CANCELLATION]


def send(*users, kind=TICKETS, subject="purchase 1", text="Your tickets\nAlien, A1", link="/tickets/"):
    return notify(users, kind, subject, text, link)


@pytest.fixture
def asked(monkeypatch):
    """The names of the tasks that were sent to the broker."""
    names = []
    monkeypatch.setattr(publishing, "publish", lambda name, **options: names.append(name))
    return names


def test_a_notification_and_its_mail(ana):
    assert send(ana) == 1
    notification = Notification.objects.get()
    assert (
        notification.user,
        notification.kind,
        notification.subject,
        notification.text,
        notification.link,
        notification.read_at,
        notification.emailed_at,
    ) == (
        ana,
        "tickets_bought",
        "purchase 1",
        "Your tickets\nAlien, A1",
        "/tickets/",
        None,
        None,
    )
    assert (notification.mail.user, notification.mail.state, notification.mail.attempts) == (ana, "due", 0)
    assert notification.mail.due_at == notification.created_at


def test_a_second_notification_of_the_same_subject_is_skipped(ana):
    bea = UserFactory()
    assert send(ana) == 1
    assert send(ana, bea, ana.pk, text="Said in other words") == 1
    assert [notification.text for notification in Notification.objects.filter(user=ana)] == ["Your tickets\nAlien, A1"]
    assert Mail.objects.count() == 2


def test_another_kind_or_subject_is_another_notification(ana):
    assert [send(ana), send(ana, subject="purchase 2"), send(ana, kind=OFFER)] == [1, 1, 1]


def test_closed_and_deleted_accounts_are_skipped(ana):
    closed = UserFactory(is_active=False)
    assert send(ana.pk, closed, 10**9) == 1
    assert Notification.objects.get().user == ana


def test_without_users_there_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert send() == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
@pytest.mark.parametrize(
    ("wish", "mails"),
    [
        ({}, KINDS),
        ({"email_notices": False}, ALWAYS),
        ({"notice_rhythm": "daily"}, ALWAYS),
    ],
)
def test_preferences_apply_to_optional_kinds_only(kind, wish, mails):
    assert send(UserFactory(**wish), kind=kind) == 1
    assert Mail.objects.count() == (kind in mails)


def test_one_statement_for_any_number_of_users(django_assert_num_queries):
    people = [UserFactory() for _ in range(3)]
    for several in (people[:1], people):
        with django_assert_num_queries(1):
            send(*several)


def test_one_statement_for_any_number_of_notifications(ana, django_assert_num_queries):
    bea = UserFactory(email_notices=False)
    news = [
        NewNotification([ana, bea.pk], FILM_ADDED, "movie 1", "Alien is on", "/movies/1-alien/"),
        NewNotification([bea], CANCELLATION, "session 7", "Heat is cancelled\nA1", "/tickets/"),
        NewNotification([], HOW_WAS_IT, "session 8", "How was it?", "/"),
        NewNotification([bea, bea], FILM_ADDED, "movie 2", "Brazil is on", "/movies/2-brazil/"),
    ]
    with django_assert_num_queries(1):
        assert notify_all(news) == 4
    notification = Notification.objects.order_by("user", "pk").values_list("user", "kind", "subject", "text", "link")
    assert list(notification) == [
        (ana.pk, "session_added", "movie 1", "Alien is on", "/movies/1-alien/"),
        (bea.pk, "session_added", "movie 1", "Alien is on", "/movies/1-alien/"),
        (bea.pk, "session_cancelled", "session 7", "Heat is cancelled\nA1", "/tickets/"),
        (bea.pk, "session_added", "movie 2", "Brazil is on", "/movies/2-brazil/"),
    ]
    mailed = Mail.objects.order_by("pk").values_list("user", "notification__kind")
    assert list(mailed) == [(ana.pk, "session_added"), (bea.pk, "session_cancelled")]
    assert notify_all(news) == notify_all([]) == 0


def test_a_long_text_is_cut(ana):
    send(ana, text="x" * 3000)
    assert len(Notification.objects.get().text) == 1000


def test_a_kind_that_is_not_registered_is_refused(ana):
    unknown = replace(TICKETS, value="unknown")
    with pytest.raises(LookupError, match="unknown"):
        send(ana, kind=unknown)


def test_after_a_rollback_nothing_is_sent(ana, asked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        send(ana)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not Mail.objects.exists()
    assert asked == []


def test_the_worker_is_woken_once_after_the_commit(ana, asked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            send(ana, subject=f"purchase {number}")
        assert asked == []
    assert asked == ["accounts.tasks.send_mails"]
    app.loader.import_default_modules()
    assert asked[0] in app.tasks


def test_the_worker_is_not_woken_without_a_mail(asked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(UserFactory(email_notices=False), kind=HOW_WAS_IT)
    assert asked == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_stop_the_transaction(ana, monkeypatch):
    def away(*_, **__):
        raise BrokerAway

    monkeypatch.setattr(publishing, "publish", away)
    with transaction.atomic():
        send(ana)
    assert Mail.objects.get().state == "due"
    assert connection.run_on_commit == []


# --- Reading ---


def test_answered_notifications_are_read():
    notification = NotificationFactory(kind=HOW_WAS_IT.value, link="/how-was-it/1/")
    others = [
        NotificationFactory(user=notification.user, kind=HOW_WAS_IT.value, link="/how-was-it/2/"),
        NotificationFactory(user=notification.user, link="/how-was-it/1/"),
        NotificationFactory(kind=HOW_WAS_IT.value, link="/how-was-it/1/"),
    ]
    assert read_marks.mark_answered(notification.user, HOW_WAS_IT.value, "/how-was-it/1/") == 1
    assert read_marks.mark_answered(notification.user, HOW_WAS_IT.value, "/how-was-it/1/") == 0
    read = Notification.objects.filter(read_at__isnull=False)
    assert list(read) == [notification]
    assert len(others) == Notification.objects.filter(read_at=None).count()


def test_the_time_of_the_first_reading_is_kept_until_marked_unread():
    notification = NotificationFactory()
    first = read_marks.mark_read(notification).read_at
    assert first is not None
    assert read_marks.mark_read(Notification.objects.get()).read_at == first
    assert read_marks.mark_unread(notification).read_at is None
    assert read_marks.mark_unread(notification).read_at is None
    assert read_marks.mark_read(notification).read_at > first


@pytest.mark.parametrize("act", [read_marks.mark_read, read_marks.mark_unread])
def test_a_deleted_notification_cannot_be_marked(act):
    notification = NotificationFactory()
    Notification.objects.all().delete()
    with pytest.raises(Notification.DoesNotExist):
        act(notification)


def test_marking_all_marks_own_notifications_only(ana):
    rows = [NotificationFactory(user=ana) for _ in range(3)]
    theirs = NotificationFactory()
    assert read_marks.mark_all_read(ana, up_to=rows[1].pk) == 2
    rows[2].refresh_from_db()
    assert rows[2].read_at is None
    assert read_marks.mark_all_read(ana) == 1
    assert read_marks.mark_all_read(ana) == 0
    theirs.refresh_from_db()
    assert theirs.read_at is None
