"""Telling people things, each once; and what they have read."""

from dataclasses import replace

import pytest
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerAway

from accounts.models import Mail, Notification
from accounts.notifications import read_marks
from accounts.notifications.notify import NewNotification, notify, notify_all
from accounts.tests.factories import NotificationFactory, UserFactory
from accounts.tests.kinds import CANCELLATION, FILM_ADDED, HOW_WAS_IT, KINDS, OFFER, TICKETS
from config.celery import app

pytestmark = pytest.mark.django_db
ALWAYS = [TICKETS, OFFER, CANCELLATION]


def tell(*users, kind=TICKETS, subject="purchase 1", text="Your tickets\nAlien, A1", link="/tickets/"):
    return notify(users, kind, subject, text, link)


@pytest.fixture
def asked(monkeypatch):
    """The tasks that the broker was asked for."""
    names = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: names.append(name))
    return names


def test_a_notification_and_its_mail(ana):
    assert tell(ana) == 1
    told = Notification.objects.get()
    assert (told.user, told.kind, told.subject, told.text, told.link, told.read_at, told.emailed_at) == (
        ana,
        "tickets_bought",
        "purchase 1",
        "Your tickets\nAlien, A1",
        "/tickets/",
        None,
        None,
    )
    assert (told.mail.user, told.mail.state, told.mail.attempts) == (ana, "due", 0)
    assert told.mail.due_at == told.created_at


def test_twice_is_once(ana):
    bea = UserFactory()
    assert tell(ana) == 1
    assert tell(ana, bea, ana.pk, text="Said in other words") == 1
    assert [told.text for told in Notification.objects.filter(user=ana)] == ["Your tickets\nAlien, A1"]
    assert Mail.objects.count() == 2


def test_another_kind_or_subject_is_another_thing(ana):
    assert [tell(ana), tell(ana, subject="purchase 2"), tell(ana, kind=OFFER)] == [1, 1, 1]


def test_closed_and_deleted_accounts_are_left_out(ana):
    closed = UserFactory(is_active=False)
    assert tell(ana.pk, closed, 10**9) == 1
    assert Notification.objects.get().user == ana


def test_nobody_is_nobody(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert tell() == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
@pytest.mark.parametrize(
    ("wish", "mails"),
    [
        ({}, KINDS),
        ({"email_notices": False}, ALWAYS),
        ({"notice_rhythm": "daily"}, ALWAYS),
    ],
)
def test_what_one_bought_is_always_mailed_and_news_as_one_likes(kind, wish, mails):
    assert tell(UserFactory(**wish), kind=kind) == 1
    assert Mail.objects.count() == (kind in mails)


def test_one_statement_however_many_are_told(django_assert_num_queries):
    people = [UserFactory() for _ in range(3)]
    for several in (people[:1], people):
        with django_assert_num_queries(1):
            tell(*several)


def test_one_statement_however_much_there_is_to_tell(ana, django_assert_num_queries):
    bea = UserFactory(email_notices=False)
    news = [
        NewNotification([ana, bea.pk], FILM_ADDED, "movie 1", "Alien is on", "/movies/1-alien/"),
        NewNotification([bea], CANCELLATION, "session 7", "Heat is cancelled\nA1", "/tickets/"),
        NewNotification([], HOW_WAS_IT, "session 8", "How was it?", "/"),
        NewNotification([bea, bea], FILM_ADDED, "movie 2", "Brazil is on", "/movies/2-brazil/"),
    ]
    with django_assert_num_queries(1):
        assert notify_all(news) == 4
    told = Notification.objects.order_by("user", "pk").values_list("user", "kind", "subject", "text", "link")
    assert list(told) == [
        (ana.pk, "session_added", "movie 1", "Alien is on", "/movies/1-alien/"),
        (bea.pk, "session_added", "movie 1", "Alien is on", "/movies/1-alien/"),
        (bea.pk, "session_cancelled", "session 7", "Heat is cancelled\nA1", "/tickets/"),
        (bea.pk, "session_added", "movie 2", "Brazil is on", "/movies/2-brazil/"),
    ]
    mailed = Mail.objects.order_by("pk").values_list("user", "notification__kind")
    assert list(mailed) == [(ana.pk, "session_added"), (bea.pk, "session_cancelled")]
    assert notify_all(news) == notify_all([]) == 0


def test_a_title_without_end_is_no_reason_to_fail(ana):
    tell(ana, text="x" * 3000)
    assert len(Notification.objects.get().text) == 1000


def test_a_kind_that_is_not_registered_is_refused(ana):
    unknown = replace(TICKETS, value="unknown")
    with pytest.raises(LookupError, match="unknown"):
        tell(ana, kind=unknown)


def test_what_is_rolled_back_was_not_said(ana, asked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        tell(ana)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not Mail.objects.exists()
    assert asked == []


def test_the_worker_is_asked_once_after_the_commit(ana, asked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            tell(ana, subject=f"purchase {number}")
        assert asked == []
    assert asked == ["accounts.tasks.send_mails"]
    app.loader.import_default_modules()
    assert asked[0] in app.tasks


def test_it_is_not_asked_when_there_is_no_mail(asked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        tell(UserFactory(email_notices=False), kind=HOW_WAS_IT)
    assert asked == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_stops_nobody(ana, monkeypatch):
    def away(*_, **__):
        raise BrokerAway

    monkeypatch.setattr(current_app, "send_task", away)
    with transaction.atomic():
        tell(ana)
    assert Mail.objects.get().state == "due"
    assert connection.run_on_commit == []


# --- Reading ---


def test_what_was_asked_for_and_done_is_read():
    told = NotificationFactory(kind=HOW_WAS_IT.value, link="/how-was-it/1/")
    others = [
        NotificationFactory(user=told.user, kind=HOW_WAS_IT.value, link="/how-was-it/2/"),
        NotificationFactory(user=told.user, link="/how-was-it/1/"),
        NotificationFactory(kind=HOW_WAS_IT.value, link="/how-was-it/1/"),
    ]
    assert read_marks.mark_answered(told.user, HOW_WAS_IT.value, "/how-was-it/1/") == 1
    assert read_marks.mark_answered(told.user, HOW_WAS_IT.value, "/how-was-it/1/") == 0
    read = Notification.objects.filter(read_at__isnull=False)
    assert list(read) == [told]
    assert len(others) == Notification.objects.filter(read_at=None).count()


def test_the_first_reading_is_kept_until_it_is_unread_again():
    told = NotificationFactory()
    first = read_marks.mark_read(told).read_at
    assert first is not None
    assert read_marks.mark_read(Notification.objects.get()).read_at == first
    assert read_marks.mark_unread(told).read_at is None
    assert read_marks.mark_unread(told).read_at is None
    assert read_marks.mark_read(told).read_at > first


@pytest.mark.parametrize("act", [read_marks.mark_read, read_marks.mark_unread])
def test_what_is_gone_cannot_be_marked(act):
    told = NotificationFactory()
    Notification.objects.all().delete()
    with pytest.raises(Notification.DoesNotExist):
        act(told)


def test_all_at_once_and_only_ones_own(ana):
    rows = [NotificationFactory(user=ana) for _ in range(3)]
    theirs = NotificationFactory()
    assert read_marks.mark_all_read(ana, up_to=rows[1].pk) == 2
    rows[2].refresh_from_db()
    assert rows[2].read_at is None
    assert read_marks.mark_all_read(ana) == 1
    assert read_marks.mark_all_read(ana) == 0
    theirs.refresh_from_db()
    assert theirs.read_at is None
