"""Mails: what stands in them, to whom they go, and what happens when they cannot."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)

import pytest
from celery.schedules import crontab
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from time_machine import travel

from accounts import tasks
from accounts.models import Mail, Notification
from accounts.notifications import cleanup, kinds, mail_queue, unsubscribe_links
from accounts.notifications.kinds import MailContent
from accounts.notifications.notify import notify
from accounts.people import preferences
from accounts.tests.factories import ConfirmedUserFactory, NotificationFactory, UserFactory
from accounts.tests.kinds import FILM_ADDED, KINDS, TICKETS
from config.celery import app

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return ConfirmedUserFactory(username="reader", name="Ana Kovač")


def tell(user, kind=FILM_ADDED, subject="session 1", text="“Alien” is on\nFriday, 20:15 & <b>late</b>"):
    notify([user], kind, subject, text, "/movies/1-alien/?day=5&x=1")
    return Notification.objects.get(user=user, kind=kind.value, subject=subject)


class Words(HTMLParser):
    """What a reader of the HTML sees, with the addresses of its links."""

    def __init__(self, html):
        super().__init__()
        self.said, self.links, self.hidden = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in {"style", "title"}
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        self.hidden -= tag in {"style", "title"}

    def handle_data(self, data):
        if not self.hidden and data.split():
            self.said.append(" ".join(data.split()))


def html_of(message):
    ((html, kind),) = [(each.content, each.mimetype) for each in message.alternatives]
    assert kind == "text/html"
    return html


# --- What stands in them ---


def test_text_and_headers_of_what_one_may_unsubscribe(reader, settings):
    settings.PUBLIC_URL = "https://cinema.example"
    told = tell(reader)
    assert mail_queue.send_due() == 1
    (message,) = mail.outbox
    stop = unsubscribe_links.unsubscribe_url(reader)
    assert (message.subject, message.to, message.from_email) == (
        "“Alien” is on",
        ["reader@example.org"],
        settings.DEFAULT_FROM_EMAIL,
    )
    assert message.extra_headers == {
        "Message-ID": f"<notice.{told.pk}.{int(told.created_at.timestamp())}@cinema.example>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert stop.startswith("https://cinema.example/notifications/unsubscribe/")
    assert re.sub(r"\n{2,}", "\n\n", message.body) == (
        "“Alien” is on\nFriday, 20:15 & <b>late</b>\n\n"
        "See when it runs: https://cinema.example/movies/1-alien/?day=5&x=1\n\n"
        "Marquee Cinema\nhttps://cinema.example\n\n"
        "You get this because you asked for news of your films.\n"
        f"No more of these mails: {stop}\n"
        "Choose how often: https://cinema.example/account/preferences/\n"
    )
    told.refresh_from_db()
    assert (told.mail.state, told.emailed_at is not None, told.read_at) == ("sent", True, None)


def test_what_one_bought_has_no_way_to_unsubscribe(reader):
    tell(reader, kind=TICKETS)
    mail_queue.send_due()
    (message,) = mail.outbox
    assert set(message.extra_headers) == {"Message-ID", "Auto-Submitted"}
    assert "unsubscribe" not in message.body + html_of(message)
    assert "because it is about your tickets or seats" in message.body


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_text_and_html_say_the_same(reader, settings, kind):
    tell(reader, kind=kind)
    mail_queue.send_due()
    (message,) = mail.outbox
    html = html_of(message)
    seen = Words(html)
    text = " ".join(message.body.split()).casefold()
    for words in seen.said:
        assert words.strip("· ").casefold() in text
    addresses = re.findall(r"https?://\S+", message.body)
    assert sorted(seen.links) == sorted(addresses)
    assert settings.PUBLIC_URL + "/movies/1-alien/?day=5&x=1" in addresses
    assert "<b>late" not in html
    assert "<img" not in html
    assert not re.search(r"\bsrc=|url\(|@import|<link", html)


def test_a_title_that_would_be_a_header_is_none(reader):
    Notification.objects.all().delete()
    tell(reader, text="Alien\r\nBcc: victim@example.org")
    tell(reader, text="x " * 200, subject="session 2")
    mail_queue.send_due()
    assert [message.subject for message in mail.outbox] == ["Alien", ("x " * 75)]
    assert all("Bcc" not in message.message() for message in mail.outbox)


@pytest.fixture
def builder():
    def replace_kind(**changes):
        kinds._registry[TICKETS.value] = replace(TICKETS, **changes)

    return replace_kind


def test_an_app_may_build_the_mail_of_a_kind(reader, builder):
    builder(
        action="Open",
        build_mail=lambda told: MailContent(
            subject=f"Tickets for {told.user.name}", attachments=[("tickets.pdf", b"%PDF", "application/pdf")]
        ),
    )
    tell(reader, kind=TICKETS)
    mail_queue.send_due()
    (message,) = mail.outbox
    assert message.subject == "Tickets for Ana Kovač"
    assert [tuple(each) for each in message.attachments] == [("tickets.pdf", b"%PDF", "application/pdf")]
    assert "Open: http" in message.body


def test_an_app_may_bring_its_own_template(reader, builder):
    own = MailContent(context={"items": [], "title": "Own"})
    builder(template="accounts/mails/digest", build_mail=lambda told: own)
    tell(reader, kind=TICKETS)
    mail_queue.send_due()
    assert mail.outbox[0].subject == "Own"
    assert "Alien" not in mail.outbox[0].body


# --- To whom ---


@pytest.mark.parametrize("known", [None, {"email": "before@example.org", "verified": True}, {"verified": False}])
def test_only_confirmed_addresses_get_mail(known):
    user = UserFactory()
    if known:
        user.emailaddress_set.create(**{"email": user.email} | known)
    told = tell(user, kind=TICKETS)
    assert mail_queue.send_due() == 0
    user.emailaddress_set.all().delete()
    user.emailaddress_set.create(email=user.email.upper(), primary=True, verified=True)
    assert mail_queue.send_due() == 1
    assert mail.outbox[0].to == [user.email]
    told.refresh_from_db()
    assert told.mail.state == "sent"


def test_a_closed_account_gets_none(reader):
    tell(reader)
    reader.is_active = False
    reader.save()
    assert mail_queue.send_due() == 0


def test_what_waited_too_long_is_old_news(reader):
    tell(reader)
    with travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
        assert mail_queue.send_due() == 0
        cleanup.delete_old()
    assert Mail.objects.get().state == "dropped"


def test_who_unsubscribed_meanwhile_gets_no_more_news(reader):
    tell(reader)
    tell(reader, kind=TICKETS)
    preferences.unsubscribe(reader)
    assert mail_queue.send_due() == 1
    assert "tickets or seats" in mail.outbox[0].body
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["dropped", "sent"]


def test_a_wish_that_came_between_is_obeyed(reader):
    """The preference changed without what `unsubscribe` does to the mails that wait."""
    tell(reader)
    type(reader).objects.update(email_notices=False)
    assert mail_queue.send_due() == 0
    assert Mail.objects.get().state == "dropped"


# --- When it cannot be sent ---


@pytest.fixture
def server(monkeypatch):
    """Raises what its list holds, one for each try, before it takes mails."""
    failures = []

    real = EmailBackend.send_messages

    def failing(self, messages):
        if failures:
            raise failures.pop(0)
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", failing)
    return failures


AWAY = [
    ConnectionRefusedError(),
    TimeoutError(),
    SMTPServerDisconnected(),
    SMTPConnectError(421, b"busy"),
    SMTPAuthenticationError(535, b"no"),
]


@pytest.mark.parametrize("failure", AWAY, ids=lambda failure: type(failure).__name__)
def test_a_server_that_is_away_is_asked_once_and_later_again(reader, server, failure, events):
    first, second = tell(reader), tell(reader, subject="session 2")
    server.append(failure)
    assert mail_queue.send_due() == 0
    assert [fields["reason"] for fields in events("mail_server_away")] == [type(failure).__name__]
    assert [told.mail.attempts for told in Notification.objects.order_by("pk")] == [1, 0]
    assert mail_queue.send_due() == 1
    with travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert mail_queue.send_due() == 1
    assert {first.headline, second.headline} == {message.subject for message in mail.outbox}


def test_the_waits_grow_and_end(reader, server, events):
    tell(reader)
    now = timezone.now()
    waits = []
    for _ in range(10):
        server[:] = [SMTPDataError(451, b"later")]
        with travel(now, tick=False):
            mail_queue.send_due()
        row = Mail.objects.get()
        if row.state != "due":
            break
        waits.append(row.due_at - now)
        now = row.due_at
    assert [wait.total_seconds() / 60 for wait in waits] == [1, 5, 30, 120, 360, 720]
    assert (row.state, row.attempts) == ("failed", 7)
    assert [(fields["attempts"], fields["reason"]) for fields in events("mail_given_up")] == [(7, "SMTPDataError")]
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (SMTPRecipientsRefused({"reader@example.org": (450, b"greylisted")}), "due"),
        (SMTPRecipientsRefused({"reader@example.org": (550, b"nobody here")}), "failed"),
        (SMTPDataError(451, b"later"), "due"),
        (SMTPDataError(554, b"spam"), "failed"),
    ],
)
def test_one_mails_own_trouble_holds_up_nobody(reader, server, failure, state):
    told = tell(reader)
    tell(ConfirmedUserFactory())
    server.append(failure)
    assert mail_queue.send_due() == 1
    told.refresh_from_db()
    assert (told.mail.state, told.mail.attempts, told.emailed_at) == (state, 1, None)


def test_a_mail_that_cannot_be_made_holds_up_nobody(reader, builder, events):
    def build(told):
        Notification.objects.raw("SELECT nothing")[0]

    builder(build_mail=build)
    broken = tell(reader, kind=TICKETS)
    tell(reader)
    assert mail_queue.send_due() == 1
    broken.refresh_from_db()
    assert (broken.mail.state, broken.mail.attempts) == ("due", 1)
    assert len(events("mail_not_made")) == 1


def test_no_more_than_asked_for_at_a_time(reader):
    for number in range(3):
        tell(reader, subject=f"session {number}")
    assert [mail_queue.send_due(limit=2), mail_queue.send_due(limit=2)] == [2, 1]


def test_the_same_questions_for_each_mail(reader, django_assert_num_queries):
    for wanted in (1, 3):
        for number in range(wanted):
            tell(reader, subject=f"{wanted} {number}")
        # Each: savepoints of the mail and of its making, the limit, the row, its end, the notification.
        with django_assert_num_queries(8 * wanted + 4):
            mail_queue.send_due()


# --- By the clock ---


@pytest.mark.parametrize(
    ("name", "schedule"),
    [
        ("send_mails", crontab()),
        ("plan_digests", crontab(minute="*/10")),
        ("clean_notifications", crontab(hour="4", minute="15")),
    ],
)
def test_when(name, schedule):
    app.loader.import_default_modules()
    assert f"accounts.tasks.{name}" in app.tasks
    jobs = {job["task"]: job["schedule"] for job in app.conf.beat_schedule.values()}
    assert jobs[f"accounts.tasks.{name}"] == schedule


def test_the_sweep_sends_what_nobody_asked_for(reader):
    tell(reader)
    tasks.send_mails()
    assert len(mail.outbox) == 1


def test_what_was_read_a_year_ago_goes(reader, events):
    now = timezone.now()
    NotificationFactory(read_at=now - timedelta(days=364))
    NotificationFactory(created_at=now - timedelta(days=1000))
    NotificationFactory(read_at=now - timedelta(days=366))
    for days, state in ((91, "sent"), (91, "failed"), (89, "sent")):
        Mail.objects.create(
            user=reader, digest_day=now.date() - timedelta(days=len(state) + days), state=state,
            created_at=now - timedelta(days=days),
        )  # fmt: skip
    tasks.clean_notifications()
    (said,) = events("notifications_cleaned")
    assert (said["notifications"], said["mails"]) == (1, 2)
    assert (Notification.objects.count(), Mail.objects.count()) == (2, 1)
