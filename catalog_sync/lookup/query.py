"""The input of a look-up: an IMDb id, or a title with or without a year."""

import hashlib
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from common.text import strip_invisible
from movies.catalogue import validation
from movies.models import Movie
from movies.search.matching import films_titled
from movies.search.tokens import MAX_QUERY


@dataclass(frozen=True, slots=True)
class LookupQuery:
    title: str = ""
    year: int | None = None
    imdb_id: str = ""

    @property
    def key(self) -> str:
        """A hash of one length, the same for every capitalisation of the title."""
        title = unicodedata.normalize("NFKC", self.title).casefold()
        return hashlib.sha256(f"{self.imdb_id}\n{self.year or ''}\n{title}".encode()).hexdigest()

    def matches(self, films: QuerySet[Movie]) -> QuerySet[Movie]:
        """Return those of `films` with this id or title, the best known first."""
        return films.filter(imdb_id=self.imdb_id) if self.imdb_id else films_titled(films, self.title, self.year)

    def __str__(self) -> str:
        if self.imdb_id:
            return f"a film with the IMDb id {self.imdb_id}"
        return f"a film called “{self.title}”" + (f" of {self.year}" if self.year else "")


def parse_query(title: str = "", year: int | None = None, imdb_id: str = "") -> LookupQuery:
    """Return the query, trimmed and checked. Raises ValidationError by field."""
    checks = {
        "title": lambda: _check_title(title),
        "year": lambda: validation.clean_value("year", year, private=False),
        "imdb_id": lambda: validation.clean_value("imdb_id", imdb_id, private=False),
    }
    errors: dict[str, list[str]] = {}
    for name, check in checks.items():
        try:
            check()
        except ValidationError as error:
            errors[name] = error.messages
    if not errors:
        errors = _check_combination(title.strip(), year, imdb_id.strip())
    if errors:
        raise ValidationError(errors)
    return LookupQuery(" ".join(strip_invisible(title).split()), year, imdb_id.strip())


def _check_title(value: str) -> None:
    if len(value.strip()) > MAX_QUERY:
        raise ValidationError(f"At most {MAX_QUERY} characters.")
    if value.strip() and not validation.trim_text(value):
        raise ValidationError("It has no readable characters.")


def _check_combination(title: str, year: int | None, imdb_id: str) -> dict[str, list[str]]:
    if not title and not imdb_id:
        return {"title": ["Give a title, or an imdb_id."]}
    if title and imdb_id:
        return {"imdb_id": ["Give either a title or an imdb_id, not both."]}
    if imdb_id and year is not None:
        return {"year": ["An imdb_id needs no year."]}
    return {}
