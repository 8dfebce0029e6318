"""Times of the tests here, and functions that read notifications and mails back."""

import email
from datetime import UTC, datetime
from email import policy

import icalendar
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Mail, Notification
from accounts.notifications import mail_queue
from accounts.tests.notifications.mails import VisibleText, html_of
from cinema.tests.factories import RoomFactory

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 20, 19, 40, tzinfo=UTC)  # 20:40 in Berlin
SITE = "https://cinema.example"


def rooms(count=1):
    return [RoomFactory(number=number, plan__rows=3) for number in range(1, count + 1)]


def sent(*people, kind=None):
    """Return (kind, subject, text, link) of each notification, the oldest first."""
    rows = Notification.objects.order_by("pk")
    rows = rows.filter(user__in=people) if people else rows
    return list((rows.filter(kind=kind) if kind else rows).values_list("kind", "subject", "text", "link"))


def count_statements(act):
    with CaptureQueriesContext(connection) as context:
        act()
    return len([query for query in context if "SAVEPOINT" not in query["sql"]])


def send_one():
    """Send the due mail and return it."""
    mail.outbox.clear()
    assert mail_queue.send_due() == 1
    return mail.outbox[0]


def is_dropped():
    """Return whether nothing is sent and the last mail was dropped."""
    mail.outbox.clear()
    assert mail_queue.send_due() == 0
    assert not Mail.objects.filter(state="due").exists()
    return mail.outbox == [] and Mail.objects.latest("pk").state == "dropped"


def read_attachments(message):
    """Return {name: (content type with its parameters, bytes)} as a recipient reads it."""
    read = email.message_from_bytes(message.message().as_bytes(), policy=policy.default)
    return {
        part.get_filename(): (part["Content-Type"], part.get_payload(decode=True)) for part in read.iter_attachments()
    }


def read_event(content):
    """Return (METHOD, event) of an .ics file from a mail."""
    calendar = icalendar.Calendar.from_ical(content)
    (event,) = calendar.events
    return calendar["METHOD"], event


def assert_same_content(message):
    text = " ".join(message.body.split()).casefold()
    seen = VisibleText(html_of(message))
    for words in seen.texts:
        assert words.strip("· ").casefold() in text
    for link in seen.links:
        assert link in message.body
    assert "<Dust>" not in html_of(message)
    assert "&lt;" not in message.body
