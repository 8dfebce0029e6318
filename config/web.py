"""The web process: granian serves this by ASGI, in front of Django's WSGI handler."""

from django.conf import settings
from django.urls import reverse

from config.wsgi import application as django  # isort: skip - it sets Django up

from accounts.sign_in import browser_sessions, tokens
from common.finished.answering import FinishedAnswers
from common.front.application import Front

# Where a crowd of visitors can post passwords; the few others that hash are bounded by accounts.sign_in.hashers.
SIGN_IN = ("v1:login", "v1:register", "account_login", "account_signup")

finished = FinishedAnswers(tokens.identify, browser_sessions.identify) if settings.CACHE_TTL else None
application = Front(
    django, live=reverse("v1:health-live"), finished=finished, sign_in=[reverse(name) for name in SIGN_IN]
)
