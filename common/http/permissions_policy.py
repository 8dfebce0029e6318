"""The Permissions-Policy header: only the page that scans tickets may use the camera."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

HEADER = "Permissions-Policy"
NEVER_NEEDED = (
    "accelerometer",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)

View = Callable[..., HttpResponse]


def policy(camera: str) -> str:
    return ", ".join([f"camera={camera}", *(f"{feature}=()" for feature in NEVER_NEEDED)])


# Of every answer that says nothing else.
NOTHING, CAMERA = policy("()"), policy("(self)")


def with_camera(view: View) -> View:
    """Allow the page to ask for the camera."""

    @wraps(view)
    def permitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers[HEADER] = CAMERA
        return response

    return permitted
