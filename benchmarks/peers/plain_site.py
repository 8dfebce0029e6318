"""The site with the views of `benchmarks.peers.plain` beside its own, for granian's WSGI."""

from config.wsgi import application  # sets Django up

# isort: split
from django.conf import settings

settings.ROOT_URLCONF = "benchmarks.peers.plain"

__all__ = ["application"]
