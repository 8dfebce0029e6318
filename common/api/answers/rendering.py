"""Answers: compact UTF-8 JSON, in which every time is UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rest_framework import renderers
from rest_framework.utils import encoders


class JSONEncoder(encoders.JSONEncoder):
    def default(self, obj: Any) -> Any:
        if isinstance(obj, Decimal):
            # A rating of 7.5 is a number to a client; our decimals have few digits, which a float carries exactly.
            return float(obj)
        if isinstance(obj, datetime) and obj.tzinfo:
            obj = obj.astimezone(UTC)
        return super().default(obj)


class JSONRenderer(renderers.JSONRenderer):
    encoder_class = JSONEncoder
    ensure_ascii = False
    compact = True
    strict = True

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> None:
        """Return None, so that nothing is indented: a document is one sequence of bytes, with one ETag per encoding."""
