"""Formats of library files: a pure module for each source.

A module has `recognises` and `read_rows` for tables (CSV), `is_document` and `read_document` for JSON, or both.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from movies.importing import archives, encodings, reading
from movies.importing.formats import imdb, letterboxd, local_dates, marquee, movary, simkl, tmdb, trakt
from movies.importing.reading import MAX_ROWS, NotReadable, TooLarge
from movies.importing.rows import LeftOut, Line, Row
from movies.importing.superseding import mark_superseded
from movies.models import LibraryImport

Source = LibraryImport.Source
Part = Row | LeftOut


class Table(NamedTuple):
    recognises: Callable[[frozenset[str]], bool]
    read_rows: Callable[[frozenset[str], Iterable[Line], str], Iterator[Part]]


class Document(NamedTuple):
    recognises: Callable[[Any], bool]
    read_rows: Callable[[Any, str], Iterator[Part]]


class Contents(NamedTuple):
    """What a file or zip holds; `notes` are sentences about what was guessed or left out."""

    source: Source
    rows: list[Row]
    notes: list[str]


# The order does not matter: no two recognise the same heading, or the same document.
TABLES = {
    Source.MARQUEE: Table(marquee.recognises, marquee.read_rows),
    Source.LETTERBOXD: Table(letterboxd.recognises, letterboxd.read_rows),
    Source.IMDB: Table(imdb.recognises, imdb.read_rows),
    Source.TRAKT: Table(trakt.recognises, trakt.read_rows),
    Source.TMDB: Table(tmdb.recognises, tmdb.read_rows),
    Source.SIMKL: Table(simkl.recognises, simkl.read_rows),
    Source.MOVARY: Table(movary.recognises, movary.read_rows),
}
DOCUMENTS = {
    Source.MARQUEE: Document(marquee.is_document, marquee.read_document),
    Source.TRAKT: Document(trakt.is_document, trakt.read_document),
    Source.SIMKL: Document(simkl.is_document, simkl.read_document),
}
NOT_RECOGNISED = "This file is not recognised. "
SUPPORTED = (
    "You can import exports of Marquee (JSON or CSV), of Letterboxd (the whole zip, or ratings, diary, reviews, "
    "watched, watchlist, likes, a list), of Trakt (the whole zip, or ratings, history, watchlist, favourites as JSON "
    "or CSV), of IMDb (ratings, watchlist, lists), of TMDB (ratings, watchlist, favourites), of Simkl (JSON or CSV) "
    "and of Movary (history, ratings, watchlist), and files in Letterboxd's import format; one file at a time."
)
DELETED = ("file of what you have deleted", "files of what you have deleted")
DELETED_FOLDERS = {"deleted", "orphaned"}
READABLE = (".csv", ".tsv", ".json", ".txt")
MOST_NOTES = 50
UNKNOWN = ("other file of the zip", "other files of the zip")


def read_file(content: bytes, filename: str = "", source: str = "") -> Contents:
    """Return what the file or zip holds; `source` is the one the user chose. Raises NotReadable, TooLarge."""
    if archives.is_zip(content):
        return _read_zip(content, source)
    found, parts = _read_parts(content, filename, source)
    return _finish(found, parts, [encodings.describe_guess(encodings.find_encoding(content))])


def check_beginning(content: bytes, source: str = "") -> None:
    """Refuse a file by its first bytes, if its heading shows that it is not from any source. Raises NotReadable."""
    if archives.is_zip(content):
        archives.check_beginning(content)
        return
    text = reading.decode(content, is_whole=False)
    if not reading.is_json(text):
        _recognise(TABLES, reading.parse_csv(text).columns, source)


def _read_zip(content: bytes, source: str) -> Contents:
    """Read every file of the zip that is recognised; of several sources the first one counts."""
    parts: list[Part] = []
    notes: list[str] = []
    for name, each in archives.read_files(content):
        if DELETED_FOLDERS & set(name.casefold().split("/")[:-1]):
            parts.append(LeftOut(*DELETED, 1))
            continue
        if not name.casefold().endswith(READABLE):
            parts.append(LeftOut(*UNKNOWN, 1))
            continue
        try:
            found, read = _read_parts(each, name, source)
            parts += [replace(part, file=name) if isinstance(part, Row) else part for part in read]
        except TooLarge:
            raise
        except NotRecognised:
            parts.append(LeftOut(*UNKNOWN, 1))
        except NotReadable as error:
            notes.append(f"{name} was left out: {error}")
        else:
            source = found
            if guess := encodings.describe_guess(encodings.find_encoding(each)):
                notes.append(f"{name}: {guess}")
        _check_number(parts)
    if not source:
        raise NotReadable("Nothing in this zip is recognised. " + " ".join([*notes[:MOST_NOTES], SUPPORTED]))
    return _finish(Source(source), parts, notes[:MOST_NOTES])


class NotRecognised(NotReadable):
    """The file is not from any source, or not from the one that the user chose."""


def _read_parts(content: bytes, filename: str, source: str) -> tuple[Source, list[Part]]:
    text = reading.decode(content)
    if reading.is_json(text):
        data = reading.parse_json(text)
        found = _recognise(DOCUMENTS, data, source)
        return found, list(DOCUMENTS[found].read_rows(data, filename))
    columns, lines = reading.parse_csv(text)
    found = _recognise(TABLES, columns, source)
    return found, list(TABLES[found].read_rows(columns, local_dates.make_iso(columns, lines), filename))


def _recognise(known: dict[Source, Any], shape: Any, source: str) -> Source:
    found = next((name for name, each in known.items() if each.recognises(shape)), None)
    if found is None or (source and source != found):
        problem = f"This is not a file from {Source(source).label}. " if source else NOT_RECOGNISED
        raise NotRecognised(problem + SUPPORTED)
    return found


def _finish(source: Source, parts: list[Part], notes: list[str]) -> Contents:
    _check_number(parts)
    rows = mark_superseded([part for part in parts if isinstance(part, Row)])
    left_out: Counter[tuple[str, str]] = Counter()
    for part in parts:
        if isinstance(part, LeftOut):
            left_out[part.one, part.several] += part.number
    notes = [note for note in notes if note]
    notes += [f"Left out: {n:,} {one if n == 1 else several}." for (one, several), n in left_out.items()]
    if not rows:
        raise NotReadable(" ".join(["The file has no rows.", *notes]))
    return Contents(source, rows, notes)


def _check_number(parts: list[Part]) -> None:
    if len(parts) > MAX_ROWS and sum(isinstance(part, Row) for part in parts) > MAX_ROWS:
        raise NotReadable(f"The file has more than {MAX_ROWS:,} rows.")
