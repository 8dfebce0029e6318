"""Who may have OMDb asked how often: one limit for the API and the pages."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from common.api.throttling import check_costly


def permit_lookup(request: HttpRequest | Request) -> None:
    """Counts a look-up that is about to go to OMDb. Raises Throttled (with `wait`), and RedisError."""
    check_costly(request, "lookup", anonymous=settings.THROTTLE_LOOKUP_ANON, user=settings.THROTTLE_LOOKUP_USER)
