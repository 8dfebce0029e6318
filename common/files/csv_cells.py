"""Cells of CSV files: texts that look like a formula are escaped, and a list fits into one cell."""

import re
from collections.abc import Iterable

# A spreadsheet runs a cell that begins with one of these. An apostrophe in front makes it a text; a cell that has
# apostrophes in front already gets one more, so that taking one away always gives back what was there.
ACTIVE = re.compile(r"'*[=+\-@\t\r]")
ESCAPED = re.compile(r"''*[=+\-@\t\r]")
SEPARATOR = "; "


def escape(text: str) -> str:
    return f"'{text}" if ACTIVE.match(text) else text


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text[1:] if ESCAPED.match(text) else text


def join(items: Iterable[str]) -> str:
    """Join texts to one cell by semicolons; a semicolon inside a text gets a backslash in front."""
    return SEPARATOR.join(item.replace("\\", "\\\\").replace(";", "\\;") for item in items)


def split(cell: str) -> list[str]:
    """Undo `join`, without white space around each text and without empty texts."""
    parts = re.findall(r"(?:\\.|[^\\;]|\\$)+", cell, re.DOTALL)
    texts = (re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL).strip() for part in parts)
    return [text for text in texts if text]
