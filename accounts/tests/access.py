"""Every way into an account, for tests of what ends them."""

import re

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in import tokens
from accounts.tests.conftest import PASSWORD
from cinema.documents import feeds

WAITING = "thief@example.net"


class Access:
    """A browser, a program, an address that waits for its link, a reset link and a calendar feed of one account."""

    def __init__(self, user):
        self.browser = Client()
        self.browser.post("/account/sign-in/", {"login": user.username, "password": PASSWORD})
        self.program = tokens.open_sign_in(User.objects.get(pk=user.pk)).access
        self.waiting = EmailAddress.objects.create(user=user, email=WAITING)
        self.confirmation = reverse("account_confirm_email", args=[EmailConfirmationHMAC(self.waiting).key])
        self.feed = feeds.reset_address(user)
        Client().post("/account/password/reset/", {"email": user.email})
        (self.reset_link,) = re.findall(r"(/account/password/reset/\S+)", mail.outbox[-1].body)
        mail.outbox.clear()

    def find_alive(self):
        """Return the names of those that still work."""
        ways = {
            "browser": self.browser.get("/account/").status_code == 200,
            "program": self._reads_account(),
            "address": EmailAddress.objects.filter(pk=self.waiting.pk).exists(),
            "reset": Client().get(self.reset_link).status_code == 302,
            "feed": Client().get(self.feed).status_code == 200,
        }
        return {name for name, works in ways.items() if works}

    def _reads_account(self):
        answer = Client().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {self.program}"})
        return answer.status_code == 200


ALL = {"browser", "program", "address", "reset", "feed"}
