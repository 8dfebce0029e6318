"""The content and headers of mails."""

import re

import pytest
from django.core import mail

from accounts.models import Notification
from accounts.notifications import mail_queue, unsubscribe_links
from accounts.notifications.kinds import MailContent
from accounts.notifications.notify import notify
from accounts.tests.kinds import FILM_ADDED, KINDS, TICKETS
from accounts.tests.notifications.mails import VisibleText, html_of

pytestmark = pytest.mark.django_db


def send(user, kind=FILM_ADDED, subject="session 1", text="“Alien” is on\nFriday, 20:15 & <b>late</b>"):
    notify([user], kind, subject, text, "/movies/1-alien/?day=5&x=1")
    return Notification.objects.get(user=user, kind=kind.value, subject=subject)


def test_text_and_headers_of_an_optional_mail(reader, settings):
    settings.PUBLIC_URL = "https://cinema.example"
    notification = send(reader)
    assert mail_queue.send_due() == 1
    (message,) = mail.outbox
    stop = unsubscribe_links.unsubscribe_url(reader)
    assert (message.subject, message.to, message.from_email) == (
        "“Alien” is on",
        ["reader@example.org"],
        settings.DEFAULT_FROM_EMAIL,
    )
    assert message.extra_headers == {
        "Message-ID": f"<notice.{notification.pk}.{int(notification.created_at.timestamp())}@cinema.example>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert stop.startswith("https://cinema.example/notifications/unsubscribe/")
    assert re.sub(r"\n{2,}", "\n\n", message.body) == (
        "“Alien” is on\nFriday, 20:15 & <b>late</b>\n\n"
        "See when it runs: https://cinema.example/movies/1-alien/?day=5&x=1\n\n"
        "Marquee Cinema\nhttps://cinema.example\n\n"
        "You get this mail because you asked for news about your films.\n"
        f"Unsubscribe: {stop}\n"
        "Change how often: https://cinema.example/account/preferences/\n"
    )
    notification.refresh_from_db()
    assert (notification.mail.state, notification.emailed_at is not None, notification.read_at) == ("sent", True, None)


def test_a_mail_about_tickets_has_no_unsubscribe_link(reader):
    send(reader, kind=TICKETS)
    mail_queue.send_due()
    (message,) = mail.outbox
    assert set(message.extra_headers) == {"Message-ID", "Auto-Submitted"}
    assert "unsubscribe" not in message.body + html_of(message)
    assert "because it is about your tickets or seats" in message.body


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_text_and_html_have_the_same_content(reader, settings, kind):
    send(reader, kind=kind)
    mail_queue.send_due()
    (message,) = mail.outbox
    html = html_of(message)
    seen = VisibleText(html)
    text = " ".join(message.body.split()).casefold()
    for words in seen.texts:
        assert words.strip("· ").casefold() in text
    addresses = re.findall(r"https?://\S+", message.body)
    assert sorted(seen.links) == sorted(addresses)
    assert settings.PUBLIC_URL + "/movies/1-alien/?day=5&x=1" in addresses
    assert "<b>late" not in html
    assert "<img" not in html
    assert not re.search(r"\bsrc=|url\(|@import|<link", html)


def test_a_text_cannot_add_headers(reader):
    Notification.objects.all().delete()
    send(reader, text="Alien\r\nBcc: victim@example.org")
    send(reader, text="x " * 200, subject="session 2")
    mail_queue.send_due()
    assert [message.subject for message in mail.outbox] == ["Alien", ("x " * 75)]
    assert all("Bcc" not in message.message() for message in mail.outbox)


def test_a_kind_adds_a_subject_and_attachments(reader, replace_tickets):
    replace_tickets(
        action="Open",
        build_mail=lambda notification: MailContent(
            subject=f"Tickets for {notification.user.name}", attachments=[("tickets.pdf", b"%PDF", "application/pdf")]
        ),
    )
    send(reader, kind=TICKETS)
    mail_queue.send_due()
    (message,) = mail.outbox
    assert message.subject == "Tickets for Ana Kovač"
    assert [tuple(each) for each in message.attachments] == [("tickets.pdf", b"%PDF", "application/pdf")]
    assert "Open: http" in message.body


def test_a_kind_has_its_own_template(reader, replace_tickets):
    own = MailContent(context={"items": [], "title": "Own"})
    replace_tickets(template="accounts/mails/digest", build_mail=lambda notification: own)
    send(reader, kind=TICKETS)
    mail_queue.send_due()
    assert mail.outbox[0].subject == "Own"
    assert "Alien" not in mail.outbox[0].body
