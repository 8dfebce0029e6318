"""Reading TMDB's daily id export: one JSON object a line, compressed by gzip, a million lines.

It is read in parts, so that memory does not grow with the file.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import IO

from catalog_sync.clients.base import parse_json_object
from catalog_sync.clients.errors import UpstreamError
from catalog_sync.mapping.values import BadRecord, read_number, require_id, require_object

PART = 10_000  # lines
LONGEST_LINE = 65_536  # bytes; TMDB's have a hundred
GZIP = b"\x1f\x8b"


class ExportError(UpstreamError):
    """A file that is not TMDB's export of films, or not all of it; what was read before is stored."""


@dataclass(frozen=True, slots=True)
class ListedFilm:
    """A film of the export. `video`: a recording that is not a film for cinemas, such as a concert or a compilation."""

    tmdb_id: int
    popularity: float
    adult: bool
    video: bool


@dataclass(slots=True)
class Part:
    """Some lines of the file; `broken` tells of those that cannot be used."""

    films: list[ListedFilm] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.films) + len(self.broken)


def read_parts(file: IO[bytes]) -> Iterator[Part]:
    """Yield the parts of an open file, compressed or not. Raises ExportError at the place where it cannot be read."""
    is_compressed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    part, number = Part(), 0
    try:
        for number, line in _read_lines(gzip.GzipFile(fileobj=file) if is_compressed else file):
            try:
                part.films.append(map_line(line))
            except BadRecord as reason:
                part.broken.append(f"Line {number:,}: {reason}.")
            if len(part) == PART:
                yield part
                part = Part()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        if part:
            yield part
        damage = "ends too early" if isinstance(error, EOFError) else "is damaged"
        raise ExportError(f"The file {damage}, after line {number:,}. Download it again.") from None
    if part:
        yield part


def map_line(line: bytes) -> ListedFilm:
    """Return the film of a line. Raises BadRecord."""
    row = parse_json_object(line) if len(line) <= LONGEST_LINE else None
    if row is None:
        raise BadRecord("not a JSON object")
    fields = require_object(row)
    if not isinstance(fields.get("original_title"), str):
        raise BadRecord("without an original title, as in TMDB's exports of other things than films")
    return ListedFilm(
        require_id(fields.get("id")),
        round(read_number(fields, "popularity"), 4),
        fields.get("adult") is True,
        fields.get("video") is True,
    )


def _read_lines(file: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line) of the lines that are not empty; of a line that is too long, the beginning."""
    for number in count(1):
        line = rest = file.readline(LONGEST_LINE + 1)
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        if not line:
            return
        if line.strip():
            yield number, line
