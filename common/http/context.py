from typing import Any

from django.conf import settings
from django.http import HttpRequest

from common.finished.declarations import is_asked_for_everybody


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the values of the cinema that every template may show, and whether the page is the same for everybody."""
    return {
        "site": {"name": settings.CINEMA_NAME, "version": settings.MARQUEE_VERSION},
        "is_shared": is_asked_for_everybody(request),
    }
