"""Single values of a provider's row, each checked and in our units.

An invalid value raises BadRecord if a row cannot do without it; an optional one becomes None or empty.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeGuard

from common.text import strip_invisible
from movies.models.limits import FIRST_YEAR, LAST_YEAR

MAX_INTEGER = 2**31 - 1  # the largest value of the integer columns
PATH_LENGTH = 200
NAME_LENGTH = 200
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

# PostgreSQL stores no NUL and no half of a surrogate pair; the other control characters have no meaning in a text.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
IMAGE_PATH = re.compile(r"/[\w.-]+\.(jpg|jpeg|png|webp)", re.ASCII)
IMDB_ID = re.compile(r"tt[0-9]{7,10}")
DIGITS = re.compile(r"[0-9]{1,10}")


class BadRecord(ValueError):
    """An unusable row; the message says which one and why, in a few words."""


def require_object(row: object) -> Mapping[str, object]:
    if not isinstance(row, dict):
        raise BadRecord("not an object")
    return row


def require_id(value: object) -> int:
    if not is_id(value):
        raise BadRecord("id is not a positive integer")
    return value


def is_id(value: object) -> TypeGuard[int]:
    # A boolean is an integer in Python.
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_INTEGER


def read_text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecord(f"{name} is not text")
    return clean_text(value)


def clean_text(value: str) -> str:
    """Return the text without characters that the database cannot store or a reader cannot see."""
    return strip_invisible(UNPRINTABLE.sub("", value))


def read_line(fields: Mapping[str, object], name: str, length: int) -> str:
    """Return the text as one line with single spaces."""
    result = " ".join(read_text(fields, name).split())
    if len(result) > length:
        raise BadRecord(f"{name} is longer than {length}")
    return result


def read_paragraphs(fields: Mapping[str, object], name: str) -> str:
    """Return the text with its line breaks, and single spaces in between."""
    lines = read_text(fields, name).replace("\r\n", "\n").splitlines()
    return "\n".join(" ".join(part.split()) for part in lines).strip()


def read_number(fields: Mapping[str, object], name: str) -> float:
    """Return a finite number, 0 or more. TMDB sends numbers as text at times."""
    value = fields.get(name)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadRecord(f"{name} is not a number")
    try:
        result = float(value)
    except (ValueError, OverflowError):
        raise BadRecord(f"{name} is not a number") from None
    if not math.isfinite(result) or result < 0:
        raise BadRecord(f"{name} is negative or not finite")
    return result


def read_count(fields: Mapping[str, object], name: str) -> int:
    result = read_number(fields, name)
    if not result.is_integer() or result > MAX_INTEGER:
        raise BadRecord(f"{name} is not a count")
    return int(result)


def parse_date(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        result = date.fromisoformat(value.strip())
    except ValueError:
        return None
    return result if result.year in YEARS else None


def parse_image_path(value: object) -> str:
    usable = isinstance(value, str) and len(value) <= PATH_LENGTH and IMAGE_PATH.fullmatch(value)
    return str(value) if usable else ""


def _list_or_empty(value: object) -> list[object]:
    """Return the list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def object_items(value: object) -> list[Mapping[str, object]]:
    """Return the objects of a list; other items, and other values than a list, are left out."""
    return [item for item in _list_or_empty(value) if isinstance(item, dict)]


def short_text(value: object, length: int) -> str:
    """Return an optional text as one line; empty when it is too long or not a text."""
    result = " ".join(clean_text(value).split()) if isinstance(value, str) else ""
    return result if len(result) <= length else ""


def parse_imdb_id(value: object) -> str | None:
    result = value.strip() if isinstance(value, str) else ""
    return result if IMDB_ID.fullmatch(result) else None


def distinct_names(values: Iterable[object], limit: int) -> tuple[str, ...]:
    """Return the first `limit` different names."""
    texts = (short_text(value, NAME_LENGTH) for value in values)
    return tuple(dict.fromkeys(name for name in texts if name))[:limit]
