"""Sending over SMTP, to a server with scripted replies."""

import socketserver
import threading
from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from accounts.models import Mail
from accounts.notifications import mail_queue
from accounts.notifications.notify import notify
from accounts.tests.factories import ConfirmedUserFactory
from accounts.tests.kinds import FILM_ADDED

pytestmark = pytest.mark.django_db


class Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.server.conversations += 1
        self.say("220 here")
        for line in self.rfile:
            words = line.decode().strip().upper()
            if words.startswith("RCPT"):
                self.say(next((reply for who, reply in self.server.refusals.items() if who in words.lower()), "250 ok"))
            elif words == "DATA":
                self.say("354 go on")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(message_from_bytes(body, policy=policy.default))
                self.say("250 accepted")
            elif words == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


@pytest.fixture
def server(settings):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as running:
        running.daemon_threads = True
        running.conversations, running.mails, running.refusals = 0, [], {}
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address
        settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "", False, False
        yield running
        running.shutdown()
        thread.join()


def send(*people):
    notify(people, FILM_ADDED, "session 1", "“Alien” läuft\nFreitag", "/whats-on/")


def test_one_connection_for_all_due_mails(server):
    people = [ConfirmedUserFactory() for _ in range(3)]
    send(*people)
    assert mail_queue.send_due() == 3
    assert server.conversations == 1
    assert sorted(mail["To"] for mail in server.mails) == sorted(person.email for person in people)
    first = server.mails[0]
    assert first["Subject"] == "“Alien” läuft"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-Unsubscribe"].strip().startswith("<http")
    assert [part.get_content_type() for part in first.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert mail_queue.send_due() == 0


def test_a_refused_recipient_does_not_stop_the_others(server):
    gone, later, fine = people = [ConfirmedUserFactory(username=name) for name in ("gone", "later", "fine")]
    server.refusals = {"gone@": "550 nobody here", "later@": "450 not now"}
    send(*people)
    assert mail_queue.send_due() == 1
    assert [mail["To"] for mail in server.mails] == [fine.email]
    assert {mail.user: mail.state for mail in Mail.objects.all()} == {gone: "failed", later: "due", fine: "sent"}
    assert Mail.objects.get(user=later).due_at > timezone.now()


def test_an_unreachable_server(settings, server, events):
    server.server_close()
    settings.EMAIL_PORT = 1
    send(ConfirmedUserFactory())
    assert mail_queue.send_due() == 0
    assert [fields["reason"] for fields in events("mail_server_away")] == ["ConnectionRefusedError"]
    assert (Mail.objects.get().state, Mail.objects.get().attempts) == ("due", 1)
