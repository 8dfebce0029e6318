"""Mails as files, for houses without a mail server: each can be opened by a mail program."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.mail import EmailMessage
from django.core.mail.backends import filebased


class EmailBackend(filebased.EmailBackend):
    """Django's backend, but with one file for each mail, complete or absent, named by the Message-ID: a mail that is
    written again after a crash is still one file."""

    def open(self) -> bool:
        return False

    def close(self) -> None:
        """Close nothing: no file stays open between two mails."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            self.write_message(message)
        return len(email_messages)

    def write_message(self, message: EmailMessage) -> None:
        written = message.message()
        name = re.sub(r"[^\w.@-]", "_", str(written["Message-ID"]).strip("<>"))[:200]
        with NamedTemporaryFile(dir=self.file_path, suffix=".part", delete=False) as file:
            file.write(written.as_bytes())
        os.replace(file.name, Path(self.file_path) / f"{name}.eml")
