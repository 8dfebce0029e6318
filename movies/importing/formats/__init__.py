"""One module for each source: `recognises(columns)`, then `rows(columns, lines, filename)`. All of them are pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from movies.importing import reading
from movies.importing.formats import imdb, letterboxd, marquee, trakt
from movies.importing.reading import NotReadable
from movies.importing.rows import Line, Row, latest
from movies.models import LibraryImport

Source = LibraryImport.Source


class Format(NamedTuple):
    recognises: Callable[[frozenset[str]], bool]
    rows: Callable[[frozenset[str], Iterable[Line], str], Iterator[Row]]


# In the order in which they are asked: no two recognise the same heading.
FORMATS = {
    Source.MARQUEE: Format(marquee.recognises, marquee.rows),
    Source.LETTERBOXD: Format(letterboxd.recognises, letterboxd.rows),
    Source.IMDB: Format(imdb.recognises, imdb.rows),
    Source.TRAKT: Format(trakt.recognises, trakt.rows),
}
UNDERSTOOD = (
    "What is understood: exports of Marquee (JSON or CSV), of Letterboxd (ratings, diary, reviews, watched, "
    "watchlist), of IMDb (ratings, watchlist) and of Trakt (ratings, history, watchlist), one file at a time."
)


def read(content: bytes, filename: str = "", source: str = "") -> tuple[Source, list[Row]]:
    """What the file is (or is said to be) and what it says. Raises NotReadable, TooLarge."""
    text = reading.decode(content)
    if reading.is_json(text):
        return read_document(reading.document(text), source)
    columns, lines = reading.table(text)
    found = next((name for name, each in FORMATS.items() if each.recognises(columns)), None)
    if found is None or (source and source != found):
        said = f"This is no file of {Source(source).label}. " if source else "Nothing in this file is recognised. "
        raise NotReadable(said + UNDERSTOOD)
    return found, some(FORMATS[found].rows(columns, lines, filename))


def read_document(data: Any, source: str) -> tuple[Source, list[Row]]:
    if not marquee.is_export(data) or source not in {"", Source.MARQUEE}:
        raise NotReadable(f"Nothing in this file is recognised. {UNDERSTOOD}")
    return Source.MARQUEE, some(marquee.rows_of_document(data))


def some(rows: Iterable[Row]) -> list[Row]:
    found = latest(list(rows))
    if not found:
        raise NotReadable("There is nothing in this file but its heading.")
    return found
