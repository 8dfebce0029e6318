"""Reading of JSON that other people wrote: strict, and at a cost that the size of the text bounds."""

import json
import re
from math import isfinite
from typing import Any

MAX_DEPTH = 32
# As many as the largest number with a fraction has.
MAX_DIGITS = 308
# The regular expression is possessive, so that it reads a text once, even one that never ends.
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = re.compile(r"[^\[\]{}]+")


class NotReadable(ValueError):
    """The text is refused; the message follows "The body" or "The file"."""


def read_json(text: str, max_values: int) -> Any:
    """Return the document. Refuse what other parsers read differently: NaN, 1e999 and repeated names.

    Names, items and depth are counted before an object is made of them. Raises NotReadable.
    """
    _check_structure(text, max_values)
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise NotReadable(f"is not valid JSON: {error.msg} at {where}.") from error
    except ValueError as error:
        raise NotReadable(f"is not valid JSON: {error}.") from error


def _check_structure(text: str, max_values: int) -> None:
    structure = _STRINGS.sub("", text)
    # Each value but the first of its list or object follows a comma; each list or object holds a first one.
    if sum(map(structure.count, ",[{")) > max_values:
        raise NotReadable(f"holds more than {max_values:,} values.")
    depth = 0
    for bracket in _NOT_BRACKETS.sub("", structure):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise NotReadable("is nested too deeply.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a name comes twice in one object")
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _float(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError("a number is too large")
    return number


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("a number is too large")
    return int(text)
