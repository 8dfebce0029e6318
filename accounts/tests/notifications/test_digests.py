"""The digest: one mail in the morning, in the cinema's time zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from time_machine import travel

from accounts import tasks
from accounts.models import Mail, Notification
from accounts.notifications import digests, mail_queue, read_marks
from accounts.notifications.notify import notify
from accounts.people import preferences
from accounts.tests.factories import ConfirmedUserFactory, NotificationFactory
from accounts.tests.kinds import FILM_ADDED, HOW_WAS_IT, TICKETS
from accounts.tests.notifications.mails import VisibleText, html_of

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 3, 28, 18, 0, tzinfo=UTC)
# The clocks go forward that night: 08:00 is 06:00 in UTC, not 07:00.
MORNING = datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_berlin(settings):
    settings.CINEMA_TIME_ZONE = "Europe/Berlin"


@pytest.fixture
def reader():
    return ConfirmedUserFactory(username="reader", notice_rhythm="daily")


def send(user, number, kind=FILM_ADDED, at=EVENING):
    with travel(at, tick=False):
        notify([user], kind, f"session {number}", f"Film {number} is on\nFriday", f"/movies/{number}-film/")


def morning(at=MORNING):
    with travel(at, tick=False):
        tasks.plan_digests()
        return mail_queue.send_due()


def test_the_digest_has_all_new_notifications(reader, settings, events):
    send(reader, 1)
    send(reader, 2, kind=HOW_WAS_IT)
    send(reader, 3, kind=TICKETS)
    with travel(EVENING, tick=False):
        assert mail_queue.send_due() == 1  # the tickets
    mail.outbox.clear()
    assert morning(MORNING - timedelta(minutes=1)) == 0
    assert morning() == 1
    (message,) = mail.outbox
    assert message.subject == "2 updates for you"
    assert message.extra_headers["Message-ID"].startswith(f"<digest.{reader.pk}.")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.body.startswith(
        "Film 1 is on\nFriday\n"
        f"See when it runs: {settings.PUBLIC_URL}/movies/1-film/\n\n"
        "Film 2 is on\nFriday\n"
        f"Rate it: {settings.PUBLIC_URL}/movies/2-film/\n"
    )
    text = " ".join(message.body.split()).casefold()
    assert all(words.strip("· ").casefold() in text for words in VisibleText(html_of(message)).texts)
    assert not Notification.objects.filter(emailed_at=None).exists()
    assert [fields["mails"] for fields in events("digests_planned")] == [1]


def test_one_digest_a_day_for_each_user(reader):
    send(reader, 1)
    assert [morning(), morning(), morning(MORNING + timedelta(hours=2))] == [1, 0, 0]
    send(reader, 2, at=MORNING + timedelta(hours=3))
    assert morning(MORNING + timedelta(hours=4)) == 0  # the next digest is tomorrow
    assert morning(MORNING + timedelta(days=1)) == 1
    assert [message.subject for message in mail.outbox] == ["Film 1 is on", "Film 2 is on"]
    assert morning(MORNING + timedelta(days=2)) == 0


def test_a_missed_digest_is_sent_later(reader):
    send(reader, 1)
    assert morning(MORNING + timedelta(hours=5)) == 1


def test_read_notifications_are_not_in_the_digest(reader):
    send(reader, 1)
    with travel(MORNING, tick=False):
        digests.plan_digests()
        read_marks.mark_all_read(reader)
        assert mail_queue.send_due() == 0
    assert (Mail.objects.get().state, Mail.objects.get().digest_day) == ("dropped", date(2026, 3, 29))
    send(reader, 2, at=MORNING + timedelta(hours=1))
    read_marks.mark_all_read(reader)
    assert morning(MORNING + timedelta(days=1)) == 0
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("change", [{"email_notices": False}, {"is_active": False}, {"notice_rhythm": "at_once"}])
def test_other_users_have_no_digest(reader, change):
    send(reader, 1)
    type(reader).objects.update(**change)
    assert morning() == 0
    assert not Mail.objects.exists()


def test_unsubscribing_drops_a_planned_digest(reader):
    send(reader, 1)
    with travel(MORNING, tick=False):
        digests.plan_digests()
        preferences.unsubscribe(reader)
        assert mail_queue.send_due() == 0
    assert Mail.objects.get().state == "dropped"


def test_notifications_with_their_own_mail_are_not_in_the_digest(reader):
    """The notification was sent while the user had the other preference."""
    preferences.change_preferences(reader, theme="dark", email_notices=True, notice_rhythm="at_once")
    send(reader, 1)
    preferences.change_preferences(reader, theme="dark", email_notices=True, notice_rhythm="daily")
    assert morning() == 1
    assert [message.extra_headers["Message-ID"].split(".")[0] for message in mail.outbox] == ["<notice"]


def test_old_notifications_are_not_in_the_digest(reader):
    NotificationFactory(user=reader, kind="session_added", created_at=MORNING - timedelta(days=8))
    assert morning() == 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_planning_makes_one_digest(reader, at_once):
    send(reader, 1)
    at_once(lambda: digests.plan_digests(MORNING), 8)
    assert Mail.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_users(reader, django_assert_num_queries):
    for person in (reader, ConfirmedUserFactory(notice_rhythm="daily"), ConfirmedUserFactory(notice_rhythm="daily")):
        send(person, 1)
    for _ in range(2):
        Mail.objects.filter(user=reader).delete()
        with django_assert_num_queries(2):  # the users, and the new rows
            digests.plan_digests(MORNING)
