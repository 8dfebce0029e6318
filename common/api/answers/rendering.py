"""Answers: compact UTF-8 JSON, in which every time is UTC. orjson writes it, several times faster than `json`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
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
_HARMLESS = frozenset({str, int, bool, type(None), date, datetime, Decimal})


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
    items = data.values() if isinstance(data, dict) else data
    values: Iterable[Any] = items if isinstance(data, dict | list | tuple) else (data,)
    for value in values:
        kind = type(value)
        if kind is float:
            _finite(value)
        elif kind not in _HARMLESS and isinstance(value, dict | list | tuple):
            _refuse_odd_numbers(value)


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError(f"JSON has no number {number}.")
    return number
