"""Visitors with an account."""

import base64
import hashlib
import hmac
import secrets
import struct
import time
from typing import Any, Self
from uuid import uuid4

import requests

from attack.site.mail_server import link_in
from attack.site.running import Site
from attack.visitors.visitor import Visitor


class Refused(Exception):
    """The site refused a step that sets the scene of an attack."""


def succeed(answer: requests.Response) -> Any:
    """Return the JSON of an answer. Raises Refused with what the site said."""
    if not answer.ok:
        raise Refused(f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text[:200]}")
    return answer.json() if answer.content else None


class Customer(Visitor):
    """A visitor who registers over the API. Fields such as `name` replace the usual ones."""

    def __init__(self, site: Site, **fields: Any) -> None:
        super().__init__(site, fields.pop("address", ""))
        self.username: str = fields.pop("username", f"visitor-{uuid4().hex[:10]}")
        self.email: str = fields.pop("email", f"{self.username}@example.org")
        self.password: str = fields.pop("password", new_password())
        self.fields = {"date_of_birth": "1980-01-01"} | fields
        self.refresh = ""
        self.id = 0
        site.keep_secret("a password", self.password)

    def register(self) -> Self:
        body = {"username": self.username, "email": self.email, "password": self.password, **self.fields}
        self._remember(succeed(self.api("POST", "/auth/register", body)))
        return self

    def sign_in(self, **more: str) -> Self:
        """Sign in over the API."""
        self.access = ""
        self._remember(succeed(self.try_to_sign_in(**more)))
        return self

    def try_to_sign_in(self, **more: str) -> requests.Response:
        return self.api("POST", "/auth/login", {"username": self.username, "password": self.password, **more})

    def sign_in_to_pages(self) -> Self:
        """Sign in with the form. Raises Refused."""
        answer = self.send_form("/account/sign-in/", {"login": self.username, "password": self.password})
        if answer.status_code != 302:
            raise Refused(f"Signing in to the pages: {answer.status_code}")
        for cookie in self.session.cookies:
            if "session" in cookie.name.lower():
                self.site.keep_secret("the cookie of a session", cookie.value or "")
        return self

    def confirm_address(self) -> Self:
        """Ask for the link, open it and press its button. Needs a sign-in to the pages. Raises Refused."""
        self.send_form("/account/email/", {"email": self.email, "action_send": ""})
        path = self.link("/email/confirm/")
        self.send_form(path, {})
        return self

    def count_as_confirmed(self) -> Self:
        """Confirm the address without the way through mail and pages."""
        self.site.execute(
            'INSERT INTO account_emailaddress (user_id, email, verified, "primary")'
            " SELECT id, email, true, true FROM accounts_user WHERE username = %s"
            " ON CONFLICT (user_id, email) DO UPDATE SET verified = true",
            self.username,
        )
        return self

    def link(self, part: str, *, after: int = 0) -> str:
        """Return the path of the link with `part` in it that the newest mail brought. Raises Refused."""
        mail = self.site.mail.wait_for(self.email, part, after=after)
        if mail is None:
            raise Refused(f"No mail with {part} came to {self.email}")
        path = link_in(mail, part)
        self.site.keep_secret("the key of a link", path.rstrip("/").rsplit("/", 1)[-1])
        return path

    def api_works(self) -> bool:
        return self.api("GET", "/auth/me").status_code == 200

    def pages_work(self) -> bool:
        return self.get("/account/").status_code == 200

    def _remember(self, signed_in: dict[str, Any]) -> None:
        self.id = signed_in["user"]["id"]
        self.access = self.site.keep_secret("an access token", signed_in["access"])
        self.refresh = self.site.keep_secret("a refresh token", signed_in["refresh"])


def new_password() -> str:
    return f"{secrets.token_hex(4)}-marble-{secrets.token_hex(4)}"


def totp(secret: str, moment: float | None = None) -> str:
    """Return the code of an authenticator app (RFC 6238: SHA-1, 30 seconds, 6 digits)."""
    counter = int((moment or time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", counter), hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
