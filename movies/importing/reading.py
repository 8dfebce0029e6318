"""Reading of an uploaded file: bytes to numbered lines of named cells, or to a JSON document.

Limits are checked while reading, so that no file, however it is made, costs much more than its own size.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain
from typing import Any, NamedTuple

from common import json_text
from common.text import unstorable
from movies.importing import encodings
from movies.importing.rows import Line

MAX_BYTES = 25 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_JSON_VALUES = 1_000_000  # 50 for each row
MAX_LINE = 1_000_000
DELIMITERS = (",", ";", "\t")
# A list of Letterboxd begins with some lines about the list, before the heading of its films.
LIST_EXPORT = "letterboxd list export"
LIST_HEADING = re.compile(r'"?position"?[,;\t]"?name"?', re.IGNORECASE)


class NotReadable(ValueError):
    """The file cannot be imported; its text is a message for the user."""


class TooLarge(NotReadable):
    """The file is too large; it was not read."""


class Table(NamedTuple):
    columns: frozenset[str]
    lines: Iterator[Line]


def too_large() -> TooLarge:
    return TooLarge(f"The file is larger than {MAX_BYTES // 1024**2} MB.")


def decode(content: bytes, *, is_whole: bool = True) -> str:
    """Return the text of the file, or of its beginning. Raises NotReadable, TooLarge."""
    if len(content) > MAX_BYTES:
        raise too_large()
    encoding = encodings.find_encoding(content, is_whole=is_whole)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(content, is_whole)
    except UnicodeDecodeError as error:
        raise NotReadable("The encoding of the file is unknown. Save it as “CSV UTF-8” and try again.") from error
    text = text.lstrip("\ufeff")  # a program may have put a second mark in front
    if "\0" in text:
        raise NotReadable("The file contains NUL characters, so it is not a text file.")
    if not text.strip():
        raise NotReadable("The file is empty.")
    return text


def is_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def parse_json(text: str) -> Any:
    """Return the JSON document. Raises NotReadable."""
    try:
        data = json_text.read_json(text, MAX_JSON_VALUES)
    except json_text.NotReadable as error:
        raise NotReadable(f"The file {error}") from error
    if "\\u" in text and any(True for _ in unstorable(data)):
        raise NotReadable("The file contains characters that cannot be stored.")
    return data


def parse_csv(text: str) -> Table:
    """Return the columns of the heading, and an iterator that reads the lines below it. Both raise NotReadable."""
    physical = _limit_lines(StringIO(text, newline=""))
    named_delimiter, heading, before = _read_heading(physical)
    delimiter = named_delimiter or max(DELIMITERS, key=lambda delimiter: len(_split_cells(heading, delimiter)))
    reader = csv.reader(chain([heading], physical), delimiter=delimiter, strict=True)
    columns = [_normalize_name(cell) for cell in next(_records(reader), (0, []))[1]]
    if len(columns) > MAX_COLUMNS:
        raise NotReadable(f"The file has more than {MAX_COLUMNS} columns.")
    return Table(frozenset(columns) - {""}, _lines(reader, columns, before))


def _limit_lines(text: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(text, 1):
        if len(line) > MAX_LINE:
            raise NotReadable(f"Line {number} is longer than {MAX_LINE:,} characters.")
        yield line


def _read_heading(physical: Iterator[str]) -> tuple[str, str, int]:
    """Return the delimiter that Excel's own first line "sep=;" names, the heading, and the number of lines before it.

    The delimiter is empty without such a line.
    """
    line = next(physical)
    if line.casefold().startswith("sep=") and len(line.strip()) <= len("sep=;"):
        return line.strip("\r\n")[4:] or ",", next(physical, ""), 1
    before = 0
    if line.strip('"').casefold().startswith(LIST_EXPORT):
        while line and not LIST_HEADING.match(line):
            line, before = next(physical, ""), before + 1
    return "", line, before


def _split_cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _normalize_name(name: str) -> str:
    return " ".join(name.casefold().split())


def _records(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its last line. Raises NotReadable."""
    try:
        for record in reader:
            yield reader.line_num, record
    except csv.Error as error:
        what = "a cell is too long" if "field limit" in str(error) else "its quotation marks do not match"
        raise NotReadable(f"The file cannot be read at line {reader.line_num}: {what}.") from error


def _lines(reader: Any, columns: list[str], before: int) -> Iterator[Line]:
    """Yield the lines that are not empty; `before` is the number of lines before the heading. Raises NotReadable."""
    start = reader.line_num + before + 1
    for count, (number, record) in enumerate(_records(reader), 1):
        if count > MAX_ROWS:
            raise NotReadable(f"The file has more than {MAX_ROWS:,} rows.")
        if any(cell.strip() for cell in record):
            if len(record) > MAX_COLUMNS:
                raise NotReadable(f"Line {start} has more than {MAX_COLUMNS} cells.")
            yield Line(start, dict(zip(columns, record, strict=False)))
        start = number + before + 1
