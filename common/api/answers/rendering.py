"""Answers: compact UTF-8 JSON, in which every time is UTC. orjson writes it, several times faster than `json`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import orjson
from rest_framework import renderers
from rest_framework.utils import encoders

# Times are left to `_Others`, since orjson would write them in the zone they have. Numbers may be keys.
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


class _Others(encoders.JSONEncoder):
    """Values that JSON has no type for."""

    def default(self, obj: Any) -> Any:
        if isinstance(obj, Decimal):
            # A rating of 7.5 is a number to a client; our decimals have few digits, which a float carries exactly.
            return _finite(float(obj))
        if isinstance(obj, datetime) and obj.tzinfo:
            obj = obj.astimezone(UTC)
        return super().default(obj)


_convert = _Others().default


def to_json(data: Any) -> bytes:
    """Return `data` as JSON. Raises ValueError for numbers that JSON does not have, and TypeError for other objects."""
    _refuse_odd_numbers(data)
    return orjson.dumps(data, _convert, OPTIONS)


class JSONRenderer(renderers.JSONRenderer):
    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the bytes, never indented: a document is one sequence of bytes, with one ETag per encoding."""
        return b"" if data is None else to_json(data)


def _refuse_odd_numbers(data: Any) -> None:
    """Raise ValueError for NaN and infinite numbers, which orjson would write as null."""
    kind = type(data)
    if kind is float:
        _finite(data)
    elif isinstance(data, dict):
        for value in data.values():
            if (kind := type(value)) is not str and kind is not int:
                _refuse_odd_numbers(value)
    elif isinstance(data, list | tuple):
        for value in data:
            if (kind := type(value)) is not str and kind is not int:
                _refuse_odd_numbers(value)


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError(f"JSON has no number {number}.")
    return number
