"""Content negotiation."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from common.api.answers.rendering import JSONRenderer

TAKES_JSON = frozenset({"*/*", "application/json", "application/json, text/plain, */*"})


class Negotiation(DefaultContentNegotiation):
    """What nearly all programs send as `Accept` is answered with JSON without being parsed."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        first: BaseRenderer = renderers[0]
        if isinstance(first, JSONRenderer) and request.META.get("HTTP_ACCEPT", "*/*") in TAKES_JSON:
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)


class AnyAcceptHeader(DefaultContentNegotiation):
    """Ignore `Accept`, for views with one kind of answer: programs ask for a file with whatever they send as a habit.

    Errors are JSON all the same, and so is what OPTIONS says of the address.
    """

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        renderer: BaseRenderer = JSONRenderer() if request.method == "OPTIONS" else renderers[0]
        return renderer, renderer.media_type
