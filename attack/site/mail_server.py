"""The mail server of the attacked site: a real SMTP server that keeps what it receives."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.processes import free_port

LINK = re.compile(r"https?://[^\s<>\"]+")


class MailServer:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(bytes(envelope.content or b""), policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in tuple(self.mails) if address.lower() in str(mail["To"]).lower()]

    def wait_for(self, address: str, words: str = "", *, seconds: float = 20, after: int = 0) -> EmailMessage | None:
        """Return the newest mail to `address` with `words` in it, leaving out the first `after`; None if none comes."""
        deadline = time.monotonic() + seconds
        while True:
            for mail in reversed(self.to(address)[after:]):
                if words.lower() in f"{mail['Subject']}\n{text_of(mail)}".lower():
                    return mail
            if time.monotonic() > deadline:
                return None
            time.sleep(0.2)


def text_of(mail: EmailMessage) -> str:
    body: Any = mail.get_body(("plain", "html"))
    return str(body.get_content()) if body else ""


def link_in(mail: EmailMessage, part: str) -> str:
    """Return the path of the first link that has `part` in it, or an empty text."""
    for link in LINK.findall(text_of(mail)):
        if part in link:
            return "/" + str(link).split("/", 3)[3]
    return ""
