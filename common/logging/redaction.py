"""Redaction of secrets in log lines: of known ones, of the request's address, and of texts that look like one."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from structlog.typing import EventDict, WrappedLogger

from common.logging.requests import describe_request, hide_address

HIDDEN = "[redacted]"

# Names with values, such as api_key=... or "password": "...". Then what grants access by itself: signed tokens,
# passwords of redis://user:password@host, what links carry in their query, and addresses of this site.
PATTERNS = [
    re.compile(
        r"(?i)(\b(?:api_?key|access_token|refresh_token|id_token|password|secret|sessionid|csrftoken|marquee_refresh)"
        r"[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;)}\]]+"
    ),
    re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]+"),
    re.compile(r"()\beyJ[\w-]+\.[\w-]+\.[\w-]*"),
    re.compile(r"(\w://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(r"(?i)([?&](?:code|state|token|key|signature|sig|x-amz-[a-z-]+)=)[^\s&\"']+"),
    re.compile(r"(?i)(/tickets/)[0-9a-z]{4}(?:-?[0-9a-z]{4}){3}(?![0-9a-z])"),
    re.compile(r"(/calendar/)[0-9]+-[0-9a-f]+"),
    re.compile(r"(/notifications/unsubscribe/|/account/email/confirm/)[^\s/\"'<]+"),
    re.compile(r"(/account/password/reset/)(?!sent/|done/)[^\s/\"'<]+"),
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
        if isinstance(value, HttpRequest):
            return describe_request(value)
        if isinstance(value, dict):
            return {str(key): self.redact(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.redact(item) for item in value]
        # Anything else becomes text here, or the renderer would write it out after us.
        text = hide_address(value if isinstance(value, str) else repr(value))
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern in PATTERNS:
            text = pattern.sub(rf"\g<1>{HIDDEN}", text)
        return text
