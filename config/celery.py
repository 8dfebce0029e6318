"""The Celery application: `celery -A config worker`, `celery -A config beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Each worker and beat would run Django's checks, which import the routes and the admin, and ignore what they say.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("marquee")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def log_as_the_site_does(**_: Any) -> None:
    """Configure logging; with a receiver of this signal, Celery configures none of its own."""
    from django.conf import settings

    from common.logging.setup import configure

    configure(settings.LOGGING)
