from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """What every template may say of the house."""
    return {"site": {"name": settings.CINEMA_NAME, "version": settings.MARQUEE_VERSION}}
