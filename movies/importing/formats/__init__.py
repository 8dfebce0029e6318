"""Formats of library files: a pure module for each source, with `recognises` and `read_rows` (see Format)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from movies.importing import reading
from movies.importing.formats import imdb, letterboxd, marquee, trakt
from movies.importing.reading import NotReadable
from movies.importing.rows import Line, Row, mark_superseded
from movies.models import LibraryImport

Source = LibraryImport.Source


class Format(NamedTuple):
    recognises: Callable[[frozenset[str]], bool]
    read_rows: Callable[[frozenset[str], Iterable[Line], str], Iterator[Row]]


# The order does not matter: no two recognise the same heading.
FORMATS = {
    Source.MARQUEE: Format(marquee.recognises, marquee.read_rows),
    Source.LETTERBOXD: Format(letterboxd.recognises, letterboxd.read_rows),
    Source.IMDB: Format(imdb.recognises, imdb.read_rows),
    Source.TRAKT: Format(trakt.recognises, trakt.read_rows),
}
NOT_RECOGNISED = "This file is not recognised. "
SUPPORTED = (
    "You can import exports of Marquee (JSON or CSV), of Letterboxd (ratings, diary, reviews, watched, "
    "watchlist), of IMDb (ratings, watchlist) and of Trakt (ratings, history, watchlist), one file at a time."
)


def read_file(content: bytes, filename: str = "", source: str = "") -> tuple[Source, list[Row]]:
    """Return the source of the file and its rows; `source` is the one the user chose. Raises NotReadable, TooLarge."""
    text = reading.decode(content)
    if reading.is_json(text):
        return _read_document(reading.parse_json(text), source)
    columns, lines = reading.parse_csv(text)
    found = _recognise(columns, source)
    return found, _finish(FORMATS[found].read_rows(columns, lines, filename))


def check_beginning(content: bytes, source: str = "") -> None:
    """Refuse a file by its first bytes, if its heading shows that it is not from any source. Raises NotReadable."""
    text = reading.decode(content, is_whole=False)
    if not reading.is_json(text):
        _recognise(reading.parse_csv(text).columns, source)


def _recognise(columns: frozenset[str], source: str) -> Source:
    found = next((name for name, each in FORMATS.items() if each.recognises(columns)), None)
    if found is None or (source and source != found):
        problem = f"This is not a file from {Source(source).label}. " if source else NOT_RECOGNISED
        raise NotReadable(problem + SUPPORTED)
    return found


def _read_document(data: Any, source: str) -> tuple[Source, list[Row]]:
    if not marquee.is_export(data) or source not in {"", Source.MARQUEE}:
        raise NotReadable(NOT_RECOGNISED + SUPPORTED)
    return Source.MARQUEE, _finish(marquee.read_document(data))


def _finish(rows: Iterable[Row]) -> list[Row]:
    found = mark_superseded(list(rows))
    if not found:
        raise NotReadable("The file has no rows.")
    return found
