"""The web process: granian serves this by ASGI, in front of Django's WSGI handler."""

from django.urls import reverse

from common.front.application import Front
from config.wsgi import application as django

application = Front(django, live=reverse("v1:health-live"))
