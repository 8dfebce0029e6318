"""Redaction of secrets in log lines: of known ones, and of texts that look like one."""

import re
from collections.abc import Iterable
from typing import Any

from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[redacted]"

# api_key=..., "apikey": "...", access_token=..., Bearer ..., and the password of redis://user:password@host; then what
# grants access by being in an address: a ticket's code, a calendar feed's token.
PATTERNS = [
    re.compile(
        r"(?i)(\b(?:api_?key|access_token|refresh_token|password|secret)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;)}\]]+"
    ),
    re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]+"),
    re.compile(r"(\w://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(r"(?i)(/tickets/)[0-9a-z]{4}(?:-?[0-9a-z]{4}){3}(?![0-9a-z])"),
    re.compile(r"(/calendar/)[0-9]+-[0-9a-f]+"),
    re.compile(r"(/notifications/unsubscribe/)[^\s/\"']+"),
]


class Redactor:
    """Return a structlog processor that hides `secrets` wherever they stand."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {key: self.redact(value) for key, value in event.items()}

    def redact(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {str(key): self.redact(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.redact(item) for item in value]
        # Anything else becomes text here, or the renderer would write it out after us.
        text = value if isinstance(value, str) else repr(value)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern in PATTERNS:
            text = pattern.sub(rf"\g<1>{HIDDEN}", text)
        return text
