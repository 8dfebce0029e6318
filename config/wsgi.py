"""Django's WSGI handler: the front of the web process asks it (config.web), and `make dev` serves it as it is."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
