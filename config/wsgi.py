"""The web process: granian serves this by WSGI."""

import os

from django.core.wsgi import get_wsgi_application

from common.bodies import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = ChunkedBodies(get_wsgi_application())
