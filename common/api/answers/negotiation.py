"""Content negotiation."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from common.api.answers.rendering import JSONRenderer


class AnyAcceptHeader(DefaultContentNegotiation):
    """Ignore `Accept`, for views with one kind of answer: programs ask for a file with whatever they send as a habit.

    Errors are JSON all the same, and so is what OPTIONS says of the address.
    """

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        renderer: BaseRenderer = JSONRenderer() if request.method == "OPTIONS" else renderers[0]
        return renderer, renderer.media_type
