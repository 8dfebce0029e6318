"""What may be asked: for a film by its IMDb id, or by its title, with or without the year."""

import hashlib
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from movies.catalogue import validation
from movies.models import Movie
from movies.search.matching import MAX_QUERY, called


@dataclass(frozen=True, slots=True)
class Question:
    title: str = ""
    year: int | None = None
    imdb_id: str = ""

    @property
    def key(self) -> str:
        """The same however the title is capitalised; of one length."""
        title = unicodedata.normalize("NFKC", self.title).casefold()
        return hashlib.sha256(f"{self.imdb_id}\n{self.year or ''}\n{title}".encode()).hexdigest()

    def among(self, films: QuerySet[Movie]) -> QuerySet[Movie]:
        """Those of `films` that answer it, the best known first."""
        return films.filter(imdb_id=self.imdb_id) if self.imdb_id else called(films, self.title, self.year)

    def __str__(self) -> str:
        if self.imdb_id:
            return f"a film with the IMDb id {self.imdb_id}"
        return f"a film called “{self.title}”" + (f" of {self.year}" if self.year else "")


def question(title: str = "", year: int | None = None, imdb_id: str = "") -> Question:
    """Trimmed and checked. Raises ValidationError by field."""
    checks = {"title": lambda: a_title(title), "year": lambda: a_year(year), "imdb_id": lambda: an_imdb_id(imdb_id)}
    errors: dict[str, list[str]] = {}
    for name, check in checks.items():
        try:
            check()
        except ValidationError as error:
            errors[name] = error.messages
    if not errors:
        errors = complaints(title.strip(), year, imdb_id.strip())
    if errors:
        raise ValidationError(errors)
    return Question(" ".join(title.split()), year, imdb_id.strip())


def a_title(value: str) -> None:
    if len(value.strip()) > MAX_QUERY:
        raise ValidationError(f"At most {MAX_QUERY} characters.")
    if value.strip() and not validation.trim_text(value):
        raise ValidationError("There is nothing to read in it.")


def a_year(value: int | None) -> None:
    validation.clean_value("year", value, private=False)


def an_imdb_id(value: str) -> None:
    validation.clean_value("imdb_id", value, private=False)


def complaints(title: str, year: int | None, imdb_id: str) -> dict[str, list[str]]:
    if not title and not imdb_id:
        return {"title": ["Give a title, or an imdb_id."]}
    if title and imdb_id:
        return {"imdb_id": ["Give either a title or an imdb_id, not both."]}
    if imdb_id and year is not None:
        return {"year": ["An imdb_id needs no year."]}
    return {}
