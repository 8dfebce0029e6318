"""The web process: granian serves this by ASGI, in front of Django's WSGI handler."""

from django.urls import reverse

from common.front.application import Front
from config.wsgi import application as django

# Where a crowd of visitors can post passwords; the few others that hash are bounded by accounts.sign_in.hashers.
SIGN_IN = ("v1:login", "v1:register", "account_login", "account_signup")

application = Front(django, live=reverse("v1:health-live"), sign_in=[reverse(name) for name in SIGN_IN])
