"""The web process with other ways of doing things, for comparison.

SELLING names a way of benchmarks.peers.box_office. With SIGN_INS=together, sign-ins are requests like all others, and
as many threads as there are hash passwords.
"""

import os
from contextlib import ExitStack
from threading import BoundedSemaphore
from unittest import mock

from config.web import application  # sets Django up

# isort: split
from django.urls import reverse

from benchmarks.peers.box_office import BY_NAME, THE_BEST
from common.front.application import THREADS, Front
from config.wsgi import application as django

patches = ExitStack()  # for as long as the process lasts
patches.enter_context((BY_NAME | THE_BEST)[os.environ.get("SELLING", "our way")]())
if os.environ.get("SIGN_INS") == "together":
    application = Front(django, live=reverse("v1:health-live"))
    patches.enter_context(mock.patch.dict("common.limits.slots._slots", passwords=BoundedSemaphore(THREADS)))

__all__ = ["application"]
