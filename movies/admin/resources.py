"""Films as rows of a file: what a manager takes out, edits in a spreadsheet and brings back in.

A column that a file lacks leaves its field alone; an empty cell empties it. What a row changes is written by
`curation`, so that the rules hold and the changed fields are locked; a cell that says what is there changes nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from import_export.resources import ModelResource
from import_export.results import Result, RowResult
from tablib import Dataset

from accounts.models import User
from common import csv_cells
from common.api.problems import describe
from common.errors import Conflict
from movies.catalogue import editing
from movies.catalogue.validation import FIELDS
from movies.models import Genre, Movie
from movies.queries.films import catalogue_films

log = structlog.get_logger(__name__)

COLUMNS = ("id", *FIELDS)
# What a film is found by: the providers' ids first, since ours are other films' ids in another installation.
KEYS = ("tmdb_id", "imdb_id", "id")
NUMBER = forms.IntegerField(required=False)
PARSERS: dict[str, forms.Field] = {
    **dict.fromkeys(("tmdb_id", "year", "runtime", "age_restriction"), NUMBER),
    "release_date": forms.DateField(required=False, input_formats=["%Y-%m-%d"]),
}
WRONG = {"release_date": "Write a date as 2001-04-25."}
LISTS = ("directors", "cast")
SHOWN = 500  # rows of a preview: a page that lists ten thousand is no help
BROKEN = "Something broke on our side. The row is in our logs."


class FilmResult(Result):
    """What an import did, or would do."""

    def shown(self) -> list[RowResult]:
        """The first SHOWN rows, those that write something before those that don't."""
        return sorted(self.rows, key=lambda row: row.is_skip())[:SHOWN]

    def more(self) -> int:
        return max(len(self.rows) - SHOWN, 0)

    def refusals(self) -> list[tuple[int, str, str, str]]:
        """(row, counted from 1 below the headings; what it calls the film; field; sentence) for the first SHOWN."""
        return [*self.all_refusals()][:SHOWN]

    def all_refusals(self) -> Iterator[tuple[int, str, str, str]]:
        title = self.diff_headers.index("title")
        for row in self.invalid_rows:
            for field, sentences in row.error_dict.items():
                yield row.number, row.values[title], "" if field == "__all__" else field, " ".join(sentences)
        for row in self.error_rows:
            problem = describe(row.errors[0].error)
            yield row.number, "", "", problem.message if problem else BROKEN


class MovieResource(ModelResource):
    """The catalogue's films; people's private ones are neither taken out nor found."""

    user: User
    facts: dict[str, Any]  # of the row that is being read, where it differs from the film
    was: dict[str, str]  # the cells of the film, as they were before that row
    film: Movie | None  # that the row made or changed

    class Meta:
        model = Movie
        name = "Films"
        fields = COLUMNS
        import_order = export_order = COLUMNS
        chunk_size = 1_000
        skip_diff = True  # the library's would compare every cell of every row by its letters
        use_transactions = True
        use_bulk = True  # no savepoint around every row; `save_instance` has one where a row is written
        report_skipped = True

    @classmethod
    def get_result_class(cls) -> type[FilmResult]:
        return FilmResult

    def get_queryset(self) -> Any:
        return catalogue_films().defer("search_vector").prefetch_related("genres")

    # --- Out ----------------------------------------------------------------------------------------

    def filter_export(self, queryset: Any, **options: Any) -> Any:
        return queryset.filter(owner=None).prefetch_related("genres")

    def export_field(self, field: Any, instance: Movie, **options: Any) -> str:
        return cell(instance, field.column_name)

    # --- In -----------------------------------------------------------------------------------------

    def before_import(self, dataset: Dataset, **options: Any) -> None:
        self.user = options["user"]
        self.genres = {genre.name.casefold(): genre for genre in Genre.objects.all()}
        self.held = self.films_in(dataset)
        self.seen: dict[int, int] = {}

    def films_in(self, dataset: Dataset) -> dict[tuple[str, str], Movie]:
        """Every film that a row may name, by (key, cell)."""
        named = {key: [text for text in dataset[key] if is_key(key, text)] for key in KEYS if key in dataset.headers}
        wanted = Q(pk__in=[])
        for key, texts in named.items():
            wanted |= Q(**{f"{key}__in": texts})
        return {(key, cell(film, key)): film for film in self.get_queryset().filter(wanted) for key in KEYS}

    def get_or_init_instance(self, instance_loader: Any, row: Mapping[str, str]) -> tuple[Movie, bool]:
        """Raises ValidationError where its ids name different films, or one that an earlier row was about."""
        named = {key: row[key].strip() for key in KEYS if row.get(key, "").strip()}
        found = {key: self.held[key, text] for key, text in named.items() if (key, text) in self.held}
        film = next(iter(found.values()), None)
        for key, other in found.items():
            if other is not film:
                raise ValidationError({key: f"This is {other}, and another id of this row is that of {film}."})
        if "id" in named and film is None:
            raise ValidationError({"id": "No film has this id. Leave the id empty to add one."})
        if film and list(found) == ["id"]:
            for key in ("tmdb_id", "imdb_id"):
                if key in named and cell(film, key):
                    raise ValidationError({"id": f"This is {film}, whose {key} is another. Leave the id empty."})
        return (film, False) if film else (Movie(), True)

    def after_init_instance(self, instance: Movie, new: bool, row: Any, **options: Any) -> None:
        self.film = None
        if new:
            return
        earlier = self.seen.setdefault(instance.pk, options["row_number"])
        if earlier != options["row_number"]:
            raise ValidationError(f"Row {earlier} is about the same film.")

    def import_instance(self, instance: Movie, row: Mapping[str, str], **options: Any) -> None:
        """Reads the row; the film itself is changed by `curation` alone. Raises ValidationError by column."""
        given = {column: plain(row[column]) for column in FIELDS if column in row}
        self.was = {column: "" if instance.pk is None else cell(instance, column) for column in given}
        self.facts, errors = {}, {}
        for column, text in given.items():
            if text == plain(self.was[column]):
                continue
            try:
                value = self.value(column, text)
            except ValidationError as error:
                errors[column] = error
            else:
                if instance.pk is None or value != current(instance, column):
                    self.facts[column] = value
        if errors:
            raise ValidationError(errors)

    def value(self, column: str, text: str) -> Any:
        if column == "genres":
            return self.genres_called(csv_cells.split(text))
        if column in LISTS:
            return csv_cells.split(text)
        if column not in PARSERS:
            return text
        try:
            return PARSERS[column].clean(text)
        except ValidationError:
            raise ValidationError(WRONG.get(column, "Write a whole number.")) from None

    def genres_called(self, names: list[str]) -> list[Genre]:
        unknown = [name for name in names if name.casefold() not in self.genres]
        if unknown:
            raise ValidationError([f"There is no genre called “{name}”." for name in unknown])
        return sorted({self.genres[name.casefold()] for name in names}, key=lambda genre: genre.name)

    def skip_row(self, instance: Movie, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return instance.pk is not None and not self.facts and not import_validation_errors

    def validate_instance(
        self, instance: Movie, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def save_instance(self, instance: Movie, is_create: bool, row: Any, **options: Any) -> None:
        try:
            with transaction.atomic():  # the library goes on with the next row, in the same transaction
                if is_create:
                    self.film = editing.create_film(self.user, self.facts)
                else:
                    self.film = editing.edit_film(instance, self.user, self.facts)
        except (IntegrityError, Conflict) as error:
            problem = describe(error)
            if problem is None:
                raise
            raise ValidationError(dict(problem.errors) or problem.message) from error

    def save_m2m(self, instance: Movie, row: Any, **options: Any) -> None:
        """`curation` wrote the genres."""

    def after_import_row(self, row: Mapping[str, str], row_result: Any, **options: Any) -> None:
        if self.film:
            row_result.instance, row_result.object_id = self.film, self.film.pk
            row_result.object_repr = str(self.film)
        # (column, before, after), as cells.
        row_result.changes = [(column, self.was[column], row[column].strip()) for column in self.facts]

    def import_row(self, row: Any, instance_loader: Any, **options: Any) -> Any:
        result = super().import_row(row, instance_loader, **options)
        for error in result.errors:
            log.error("film_import_broke", row=options["row_number"], exc_info=error.error)
        return result

    def after_import(self, dataset: Dataset, result: Any, **options: Any) -> None:
        """Instead of the library's, which sets the sequence of ids: no row ever brings an id of its own."""


def current(movie: Movie, column: str) -> Any:
    return sorted(movie.genres.all(), key=lambda genre: genre.name) if column == "genres" else getattr(movie, column)


def plain(text: str) -> str:
    """Without what spreadsheets and browsers do to the ends of lines."""
    return text.replace("\r\n", "\n").strip()


def cell(movie: Movie, column: str) -> str:
    """What stands in a file for this field of a film."""
    if column == "genres":
        return csv_cells.join(genre.name for genre in current(movie, column))
    value = current(movie, column)
    if column in LISTS:
        return csv_cells.join(value)
    return "" if value is None else str(value)


def is_key(key: str, text: str) -> bool:
    """Whether it may be asked for: a number must fit into its column."""
    text = text.strip()
    return bool(text) if key == "imdb_id" else text.isascii() and text.isdecimal() and int(text[:20]) < 2**31
