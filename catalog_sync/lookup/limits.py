"""The limit of look-ups at OMDb by one visitor, the same for API and pages."""

from django.conf import settings

from common.client_ip import Asked
from common.limits.requests import check_costly


def check_lookup_limit(request: Asked) -> None:
    """Count a look-up that is about to go to OMDb. Raises TooManyRequests (with `wait`), and RedisError."""
    check_costly(request, "lookup", anonymous=settings.THROTTLE_LOOKUP_ANON, user=settings.THROTTLE_LOOKUP_USER)
