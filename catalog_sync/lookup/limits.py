"""Who may have OMDb asked how often: one limit for the API and the pages."""

from django.conf import settings

from common.client_ip import Asked
from common.request_limits import check_costly


def check_lookup_limit(request: Asked) -> None:
    """Counts a look-up that is about to go to OMDb. Raises TooManyRequests (with `wait`), and RedisError."""
    check_costly(request, "lookup", anonymous=settings.THROTTLE_LOOKUP_ANON, user=settings.THROTTLE_LOOKUP_USER)
