from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the values of the cinema that every template may show."""
    return {"site": {"name": settings.CINEMA_NAME, "version": settings.MARQUEE_VERSION}}
