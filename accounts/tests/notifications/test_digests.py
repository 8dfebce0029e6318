"""The news of a day in one mail, in the morning of the cinema's own time zone."""

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
from accounts.tests.notifications.test_mail import Words, html_of

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 3, 28, 18, 0, tzinfo=UTC)
# The clocks go forward in that night: 8 o'clock is 6 in UTC, not 7.
MORNING = datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_berlin(settings):
    settings.CINEMA_TIME_ZONE = "Europe/Berlin"


@pytest.fixture
def reader():
    return ConfirmedUserFactory(username="reader", notice_rhythm="daily")


def tell(user, number, kind=FILM_ADDED, at=EVENING):
    with travel(at, tick=False):
        notify([user], kind, f"session {number}", f"Film {number} is on\nFriday", f"/movies/{number}-film/")


def morning(at=MORNING):
    with travel(at, tick=False):
        tasks.plan_digests()
        return mail_queue.send_due()


def test_one_mail_with_all_the_news(reader, settings, events):
    tell(reader, 1)
    tell(reader, 2, kind=HOW_WAS_IT)
    tell(reader, 3, kind=TICKETS)
    with travel(EVENING, tick=False):
        assert mail_queue.send_due() == 1  # the tickets, at once
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
    assert all(words.strip("· ").casefold() in text for words in Words(html_of(message)).said)
    assert not Notification.objects.filter(emailed_at=None).exists()
    assert [fields["mails"] for fields in events("digests_planned")] == [1]


def test_once_a_day_and_person(reader):
    tell(reader, 1)
    assert [morning(), morning(), morning(MORNING + timedelta(hours=2))] == [1, 0, 0]
    tell(reader, 2, at=MORNING + timedelta(hours=3))
    assert morning(MORNING + timedelta(hours=4)) == 0  # that is for tomorrow
    assert morning(MORNING + timedelta(days=1)) == 1
    assert [message.subject for message in mail.outbox] == ["Film 1 is on", "Film 2 is on"]
    assert morning(MORNING + timedelta(days=2)) == 0


def test_a_worker_that_was_away_sends_it_later(reader):
    tell(reader, 1)
    assert morning(MORNING + timedelta(hours=5)) == 1


def test_what_was_read_is_no_news(reader):
    tell(reader, 1)
    with travel(MORNING, tick=False):
        digests.plan_digests()
        read_marks.mark_all_read(reader)
        assert mail_queue.send_due() == 0
    assert (Mail.objects.get().state, Mail.objects.get().digest_day) == ("dropped", date(2026, 3, 29))
    tell(reader, 2, at=MORNING + timedelta(hours=1))
    read_marks.mark_all_read(reader)
    assert morning(MORNING + timedelta(days=1)) == 0
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("change", [{"email_notices": False}, {"is_active": False}, {"notice_rhythm": "at_once"}])
def test_nobody_else_has_one(reader, change):
    tell(reader, 1)
    type(reader).objects.update(**change)
    assert morning() == 0
    assert not Mail.objects.exists()


def test_who_unsubscribes_in_that_moment_has_none(reader):
    tell(reader, 1)
    with travel(MORNING, tick=False):
        digests.plan_digests()
        preferences.unsubscribe(reader)
        assert mail_queue.send_due() == 0
    assert Mail.objects.get().state == "dropped"


def test_what_has_a_mail_of_its_own_is_not_in_it(reader):
    """It was told while they had the other preference."""
    preferences.change_preferences(reader, theme="dark", email_notices=True, notice_rhythm="at_once")
    tell(reader, 1)
    preferences.change_preferences(reader, theme="dark", email_notices=True, notice_rhythm="daily")
    assert morning() == 1
    assert [message.extra_headers["Message-ID"].split(".")[0] for message in mail.outbox] == ["<notice"]


def test_old_news_is_left_out(reader):
    NotificationFactory(user=reader, kind="session_added", created_at=MORNING - timedelta(days=8))
    assert morning() == 0


@pytest.mark.django_db(transaction=True)
def test_many_clocks_plan_one(reader, at_once):
    tell(reader, 1)
    at_once(lambda: digests.plan_digests(MORNING), 8)
    assert Mail.objects.count() == 1


def test_planning_asks_the_same_for_one_and_for_three(reader, django_assert_num_queries):
    for person in (reader, ConfirmedUserFactory(notice_rhythm="daily"), ConfirmedUserFactory(notice_rhythm="daily")):
        tell(person, 1)
    for _ in range(2):
        Mail.objects.filter(user=reader).delete()
        with django_assert_num_queries(2):  # who, and their rows
            digests.plan_digests(MORNING)
