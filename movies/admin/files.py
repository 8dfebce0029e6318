"""File formats of the admin's import and export of films: CSV for spreadsheets, JSON for programs."""

import json
from typing import Any
from uuid import uuid4

from django import forms
from django.core.cache import cache
from import_export.formats import base_formats
from import_export.forms import ConfirmImportForm
from import_export.tmp_storages import BaseStorage
from tablib import Dataset
from unfold.contrib.import_export.forms import ImportForm

from common.files import csv_cells
from movies.exchange.resources import COLUMNS

MAX_ROWS = 10_000
MAX_BYTES = 10 * 1024 * 1024
KEPT_SECONDS = 3_600


class FileRefused(ValueError):
    """The file is not a list of films. The message says why."""


class FileGone(Exception):
    """The file has already been imported, or has expired."""


class FilmsCSV(base_formats.CSV):
    def create_dataset(self, in_stream: str | bytes, **options: Any) -> Dataset:
        text = _decode(in_stream)
        heading = text.partition("\n")[0]
        if ";" in heading and "," not in heading:
            options["delimiter"] = ";"  # written by spreadsheets in locales with a decimal comma
        try:
            read = super().create_dataset(text, **options)
        except Exception as error:
            raise FileRefused("This is not a valid CSV file: a row has more cells than the heading.") from error
        films = Dataset(headers=_check_headings(read.headers, len(read)))
        films.extend([csv_cells.unescape(text) for text in row] for row in read)
        return films

    def export_data(self, dataset: Dataset, **options: Any) -> str:
        safe = Dataset(headers=dataset.headers)
        safe.extend([csv_cells.escape(text) for text in row] for row in dataset)
        return str(super().export_data(safe, **options))


class FilmsJSON(base_formats.JSON):
    def create_dataset(self, in_stream: str | bytes, **options: Any) -> Dataset:
        try:
            films = json.loads(_decode(in_stream))
        except (ValueError, RecursionError) as error:
            if isinstance(error, FileRefused):
                raise
            raise FileRefused("This is not a JSON file.") from error
        if not isinstance(films, list) or not all(isinstance(film, dict) for film in films):
            raise FileRefused("The file is not a list of films.")
        headers = _check_headings(list(films[0]) if films else [], len(films))
        dataset = Dataset(headers=headers)
        for number, film in enumerate(films, start=1):
            if film.keys() != set(headers):
                raise FileRefused(f"Film {number} does not have the same fields as the first one.")
            dataset.append([_format_value(number, name, film[name]) for name in headers])
        return dataset


def _decode(content: str | bytes) -> str:
    try:
        return content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("The file is not UTF-8 text.") from error


def _check_headings(headings: list[str] | None, rows: int) -> list[str]:
    """Return the headings as column names. Raise FileRefused for unknown or repeated columns, or too many rows."""
    names = [str(heading).strip().lower() for heading in headings or []]
    if not names or not rows:
        raise FileRefused("There are no films in this file.")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise FileRefused(f"Unknown columns: {', '.join(unknown)[:200]}.")
    if len(set(names)) < len(names):
        raise FileRefused("A column occurs twice.")
    if "title" not in names:
        raise FileRefused("There is no column “title”.")
    if rows > MAX_ROWS:
        raise FileRefused(f"The file has {rows:,} films. Import up to {MAX_ROWS:,} at once.")
    return names


def _format_value(number: int, name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise FileRefused(f"Film {number}: {name} is neither text nor a number.")
    return "" if value is None else str(value)


class CachedFile(BaseStorage):
    """A file between its preview and its confirmation, in the cache that all web processes share."""

    claims = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.claims = self.name is not None

    @property
    def key(self) -> str:
        return f"film-import:{self.name}"

    def save(self, data: bytes) -> None:
        self.name = uuid4().hex
        cache.set(self.key, data, KEPT_SECONDS)

    def read(self) -> bytes:
        """Return the content. A confirmation also deletes it, so that it is not imported twice. Raises FileGone."""
        data: bytes | None = cache.get(self.key)
        if data is None or (self.claims and not cache.delete(self.key)):
            raise FileGone
        return data

    def remove(self) -> None:
        cache.delete(self.key)


class FilmImportForm(ImportForm):
    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
        return file


class FilmConfirmForm(ConfirmImportForm):
    format = forms.ChoiceField(choices=[("0", "csv"), ("1", "json")], widget=forms.HiddenInput)
    resource = forms.ChoiceField(choices=[("", ""), ("0", "films")], widget=forms.HiddenInput, required=False)
