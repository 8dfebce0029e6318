"""Films as rows of a file that managers export, edit in a spreadsheet and import again.

A missing column leaves its field alone; an empty cell empties it. Changes are written by movies.catalogue.editing, so
that its rules apply and changed fields are locked. A cell with the current value changes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from import_export.resources import ModelResource
from tablib import Dataset

from accounts.models import User
from common.files import csv_cells
from movies.catalogue import editing, validation
from movies.catalogue.validation import FIELDS
from movies.exchange.results import FilmResult
from movies.exchange.writing import EditedFilm, NewFilm, edit_films, write_films
from movies.models import FormerFilm, Genre, Movie
from movies.queries.films import catalogue_films

log = structlog.get_logger(__name__)

COLUMNS = ("id", *FIELDS)
# How a film is found: by the providers' ids first, since our ids are those of other films on another site. What a film
# was before finds it too: its former TMDB id, and our id of a row that was merged into it.
KEYS = ("tmdb_id", "imdb_id", "id")
PARSERS: dict[str, forms.Field] = {
    **dict.fromkeys(("tmdb_id", "year", "runtime", "age_restriction"), forms.IntegerField(required=False)),
    "release_date": forms.DateField(required=False, input_formats=["%Y-%m-%d"]),
}
INVALID_DATE = "Enter a date as 2001-04-25."
INVALID_NUMBER = "Enter a whole number."
LISTS = ("directors", "cast")
REPORTED = 100  # rows between two reports of the progress


class MovieResource(ModelResource):
    """The films of the catalogue. Private films are neither exported nor found."""

    user: User
    values: dict[str, Any]  # of the current row, where they differ from the film
    former_cells: dict[str, str]  # of the film, before the current row
    film: Movie | None  # created or changed by the current row
    pending: NewFilm | EditedFilm | None  # of the current row, if it is to be written

    class Meta:
        model = Movie
        name = "Films"
        fields = COLUMNS
        import_order = export_order = COLUMNS
        chunk_size = 1_000
        skip_diff = True  # the library's diff compares every cell of every row by letters
        use_transactions = True
        use_bulk = True  # no savepoint around every row; `save_instance` has one around every write
        report_skipped = True

    @classmethod
    def get_result_class(cls) -> type[FilmResult]:
        return FilmResult

    def get_queryset(self) -> Any:
        return catalogue_films().defer("search_vector").prefetch_related("genres")

    def filter_export(self, queryset: Any, **options: Any) -> Any:
        return queryset.filter(owner=None).prefetch_related("genres")

    def export_field(self, field: Any, instance: Movie, **options: Any) -> str:
        return format_cell(instance, field.column_name)

    def before_import(self, dataset: Dataset, **options: Any) -> None:
        self.user = options["user"]
        self.genres = {genre.name.casefold(): genre for genre in Genre.objects.all()}
        self.films = self._find_films(dataset)
        self.first_rows: dict[int, int] = {}  # row numbers by key of their film
        self.new_films: list[NewFilm] = []
        self.edited_films: list[EditedFilm] = []
        self.pending = None
        self.report: Callable[[int], None] = options.get("report", lambda steps: None)
        self.steps = 0  # rows that were checked, and rows that need nothing more

    def _find_films(self, dataset: Dataset) -> dict[tuple[str, str], Movie]:
        """Return every film that a row refers to, by (key, cell). A former id of a film comes after present ones."""
        cells = {key: [text for text in dataset[key] if _is_key(key, text)] for key in KEYS if key in dataset.headers}
        wanted = Q(pk__in=[])
        for key, texts in cells.items():
            wanted |= Q(**{f"{key}__in": texts})
        was = Q(tmdb_id__in=cells.get("tmdb_id", [])) | Q(film_id__in=cells.get("id", []))
        wanted |= Q(pk__in=FormerFilm.objects.filter(was).values("movie"))
        films = list(self.get_queryset().prefetch_related("former_films").filter(wanted))
        former = {
            (key, str(value)): film
            for film in films
            for row in film.former_films.all()
            for key, value in (("tmdb_id", row.tmdb_id), ("id", row.film_id))
        }
        return former | {(key, format_cell(film, key)): film for film in films for key in KEYS}

    def get_or_init_instance(self, instance_loader: Any, row: Mapping[str, str]) -> tuple[Movie, bool]:
        """Return the film of a row, or a new one. Raises ValidationError if its ids belong to different films."""
        ids = {key: row[key].strip() for key in KEYS if row.get(key, "").strip()}
        found = {key: self.films[key, text] for key, text in ids.items() if (key, text) in self.films}
        film = next(iter(found.values()), None)
        for key, other in found.items():
            if other is not film:
                raise ValidationError({key: f"This is the id of {other}, but another id of this row is of {film}."})
        if "id" in ids and film is None:
            raise ValidationError({"id": "No film has this id. Leave the id empty to add one."})
        if film and list(found) == ["id"]:
            for key in ("tmdb_id", "imdb_id"):
                if key in ids and format_cell(film, key):
                    raise ValidationError({"id": f"This is the id of {film}, which has another {key}. Leave it empty."})
        return (film, False) if film else (Movie(), True)

    def after_init_instance(self, instance: Movie, new: bool, row: Any, **options: Any) -> None:
        self.film = self.pending = None
        if new:
            return
        earlier = self.first_rows.setdefault(instance.pk, options["row_number"])
        if earlier != options["row_number"]:
            raise ValidationError(f"Row {earlier} has the same film.")

    def import_instance(self, instance: Movie, row: Mapping[str, str], **options: Any) -> None:
        """Parse the row into `values`. Raises ValidationError by column."""
        cells = {column: _normalize(row[column]) for column in FIELDS if column in row}
        self.former_cells = {column: "" if instance.pk is None else format_cell(instance, column) for column in cells}
        self.values, errors = {}, {}
        for column, text in cells.items():
            is_former_id = column == "tmdb_id" and self.films.get((column, text)) is instance
            if is_former_id or text == _normalize(self.former_cells[column]):
                continue
            try:
                value = self._parse(column, text)
            except ValidationError as error:
                errors[column] = error
            else:
                if instance.pk is None or value != _current_value(instance, column):
                    self.values[column] = value
        if errors:
            raise ValidationError(errors)

    def _parse(self, column: str, text: str) -> Any:
        if column == "genres":
            return self._parse_genres(csv_cells.split(text))
        if column in LISTS:
            return csv_cells.split(text)
        if column not in PARSERS:
            return text
        try:
            return PARSERS[column].clean(text)
        except ValidationError:
            raise ValidationError(INVALID_DATE if column == "release_date" else INVALID_NUMBER) from None

    def _parse_genres(self, names: list[str]) -> list[Genre]:
        unknown = [name for name in names if name.casefold() not in self.genres]
        if unknown:
            raise ValidationError([f"There is no genre called “{name}”." for name in unknown])
        return sorted({self.genres[name.casefold()] for name in names}, key=lambda genre: genre.name)

    def skip_row(self, instance: Movie, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return instance.pk is not None and not self.values and not import_validation_errors

    def validate_instance(
        self, instance: Movie, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def save_instance(self, instance: Movie, is_create: bool, row: Any, **options: Any) -> None:
        """Check a new or changed film: `after_import` writes them together. Raises ValidationError by field."""
        if is_create:
            self.film, genres = editing.build_film(self.user, self.values)
            self.pending = NewFilm(self.film, genres, options["row_number"], row)
            self.new_films.append(self.pending)
            return
        stored = validation.film_values(instance, {*self.values, "title", "year", "release_date"})
        validation.validate_changes(self.values, stored, private=False)
        self.film = instance
        self.pending = EditedFilm(instance, self.values, options["row_number"], row)
        self.edited_films.append(self.pending)

    def save_m2m(self, instance: Movie, row: Any, **options: Any) -> None:
        """Do nothing: `save_instance` has saved the genres."""

    def after_import_row(self, row: Mapping[str, str], row_result: Any, **options: Any) -> None:
        if self.film and self.pending:
            self.pending.result = row_result
            row_result.instance, row_result.object_id = self.film, self.film.pk
            row_result.object_repr = str(self.film)
        # (column, former cell, new cell)
        row_result.changes = [(column, self.former_cells[column], row[column].strip()) for column in self.values]

    def _count(self, steps: int) -> None:
        before, self.steps = self.steps, self.steps + steps
        if before // REPORTED < self.steps // REPORTED:
            self.report(self.steps)

    def import_row(self, row: Any, instance_loader: Any, **options: Any) -> Any:
        result = super().import_row(row, instance_loader, **options)
        for error in result.errors:
            log.error("film_import_broke", row=options["row_number"], exc_info=error.error)
        self._count(1 if self.pending else 2)
        return result

    def after_import(self, dataset: Dataset, result: Any, **options: Any) -> None:
        """Write the films, hundreds in the same few statements. Films with ids of others refuse the file.

        The library would reset the sequence of ids here, but rows never set an id.
        """
        for start in range(0, len(self.edited_films), editing.MAX_AT_ONCE):
            edited = self.edited_films[start : start + editing.MAX_AT_ONCE]
            for one, error in edit_films(self.user, edited):
                result.append_invalid_row(one.row_number, one.row, error)
            self._count(len(edited))
        for start in range(0, len(self.new_films), editing.MAX_AT_ONCE):
            films = self.new_films[start : start + editing.MAX_AT_ONCE]
            for refused, error in write_films(self.user, films):
                result.append_invalid_row(refused.row_number, refused.row, error)
            for film in films:
                if film.result:
                    film.result.object_id = film.movie.pk
            self._count(len(films))


def _current_value(movie: Movie, column: str) -> Any:
    return sorted(movie.genres.all(), key=lambda genre: genre.name) if column == "genres" else getattr(movie, column)


def _normalize(text: str) -> str:
    """Undo what spreadsheets and browsers do to line ends, and strip white space."""
    return text.replace("\r\n", "\n").strip()


def format_cell(movie: Movie, column: str) -> str:
    """Return the cell of this field of a film in a file."""
    if column == "genres":
        return csv_cells.join(genre.name for genre in _current_value(movie, column))
    value = _current_value(movie, column)
    if column in LISTS:
        return csv_cells.join(value)
    return "" if value is None else str(value)


def _is_key(key: str, text: str) -> bool:
    """Return whether the text can be an id in the database: a number must fit into its column."""
    text = text.strip()
    return bool(text) if key == "imdb_id" else text.isascii() and text.isdecimal() and int(text[:20]) < 2**31
