"""Single values of a provider's row, each checked and in our units. A value that a row cannot do without, and that
makes no sense, raises BadRecord; one that only decorates becomes None or empty."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeGuard

from movies.models.limits import FIRST_YEAR, LAST_YEAR

MAX_INTEGER = 2**31 - 1  # of the database's integer columns
PATH_LENGTH = 200
NAME_LENGTH = 200
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

# PostgreSQL stores no NUL and no half of a surrogate pair; the other control characters mean nothing in a text.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
IMAGE_PATH = re.compile(r"/[\w.-]+\.(jpg|jpeg|png|webp)", re.ASCII)
IMDB_ID = re.compile(r"tt[0-9]{7,10}")
DIGITS = re.compile(r"[0-9]{1,10}")


class BadRecord(ValueError):
    """A row that cannot be used. The message says which one and why, in a few words."""


def require_object(row: object) -> Mapping[str, object]:
    if not isinstance(row, dict):
        raise BadRecord("not an object")
    return row


def identifier(value: object) -> int:
    if not is_identifier(value):
        raise BadRecord("id is not a positive integer")
    return value


def is_identifier(value: object) -> TypeGuard[int]:
    # A boolean is an integer to Python.
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_INTEGER


def text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecord(f"{name} is not text")
    return UNPRINTABLE.sub("", value)


def line(fields: Mapping[str, object], name: str, length: int) -> str:
    """One line of text with single spaces."""
    found = " ".join(text(fields, name).split())
    if len(found) > length:
        raise BadRecord(f"{name} is longer than {length}")
    return found


def paragraphs(fields: Mapping[str, object], name: str) -> str:
    """Text whose line breaks are kept, all of one kind, with single spaces in between."""
    lines = text(fields, name).replace("\r\n", "\n").splitlines()
    return "\n".join(" ".join(part.split()) for part in lines).strip()


def figure(fields: Mapping[str, object], name: str) -> float:
    """A finite number, 0 or more. TMDB has sent figures as text too."""
    value = fields.get(name)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadRecord(f"{name} is not a number")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise BadRecord(f"{name} is not a number") from None
    if not math.isfinite(found) or found < 0:
        raise BadRecord(f"{name} is negative or not finite")
    return found


def count(fields: Mapping[str, object], name: str) -> int:
    found = figure(fields, name)
    if not found.is_integer() or found > MAX_INTEGER:
        raise BadRecord(f"{name} is not a count")
    return int(found)


def a_date(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        found = date.fromisoformat(value.strip())
    except ValueError:
        return None
    return found if found.year in YEARS else None


def image_path(value: object) -> str:
    usable = isinstance(value, str) and len(value) <= PATH_LENGTH and IMAGE_PATH.fullmatch(value)
    return str(value) if usable else ""


def a_list(value: object) -> list[object]:
    """The list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def members(value: object) -> list[Mapping[str, object]]:
    """The objects of a list; whatever else is in it, or instead of it, is left out."""
    return [item for item in a_list(value) if isinstance(item, dict)]


def words(value: object, length: int) -> str:
    """A short text that only decorates: one line of it, or nothing when it is too long or no text."""
    found = " ".join(UNPRINTABLE.sub("", value).split()) if isinstance(value, str) else ""
    return found if len(found) <= length else ""


def imdb_id(value: object) -> str | None:
    found = value.strip() if isinstance(value, str) else ""
    return found if IMDB_ID.fullmatch(found) else None


def names(found: Iterable[object], most: int) -> tuple[str, ...]:
    """The first `most` different names."""
    said = (words(name, NAME_LENGTH) for name in found)
    return tuple(dict.fromkeys(name for name in said if name))[:most]
