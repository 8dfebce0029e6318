"""The mails of the running site, as its people find them: files that Python's own library for mail reads."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.conftest import Site, wait_until
from tests.visits import name_of


def mails_to(site: Site, name: str) -> list[EmailMessage]:
    """The mails of a user at example.org."""
    files = (Path(site.environment["MARQUEE_VAR"]) / "mail").glob("*.eml")
    mails: list[Any] = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail for mail in mails if mail["To"] == f"{name}@example.org"]


def the_mail(site: Site, name: str, subject: str) -> EmailMessage:
    """The one whose subject begins so, as soon as it is there."""

    def found() -> list[EmailMessage]:
        return [mail for mail in mails_to(site, name) if mail["Subject"].startswith(subject)]

    wait_until(lambda: bool(found()))
    (mail,) = found()
    return mail


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body
    return str(body.get_content())


def confirm_address(site: Site, page: Page) -> None:
    """As the mail that came after signing up asks for: news about films goes to a confirmed address only."""
    mail = the_mail(site, name_of(page), "Welcome to")
    (link,) = re.findall(r"http\S+/email/confirm/\S+", text_of(mail))
    page.goto(link)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text(re.compile("confirmed")).first).to_be_visible()
