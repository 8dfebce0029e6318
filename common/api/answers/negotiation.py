"""Content negotiation."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AnyAcceptHeader(DefaultContentNegotiation):
    """Ignore `Accept`, for views with one kind of answer: programs ask for a file with whatever they send as a habit.

    Clients that accept nothing else than that file get errors as JSON all the same.
    """

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        renderer: BaseRenderer = renderers[0]
        return renderer, renderer.media_type
