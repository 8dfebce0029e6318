"""The films of a file, written hundreds at once; those that are refused are told by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from import_export.results import RowResult

from accounts.models import User
from common.database import constraints
from common.errors import Conflict
from movies.catalogue import editing
from movies.exchange.results import describe_error
from movies.models import Movie

REFUSALS = (Conflict, Http404, IntegrityError, PermissionDenied, ValidationError)


@dataclass(slots=True)
class NewFilm:
    """A film that a row adds, until it is written with the others."""

    movie: Movie
    genres: frozenset[int]
    row_number: int
    row: Any
    result: RowResult | None = None


@dataclass(slots=True)
class EditedFilm:
    """A film that a row changes, until it is written with the others."""

    movie: Movie
    values: dict[str, Any]
    row_number: int
    row: Any
    result: RowResult | None = None


def edit_films(user: User, films: Sequence[EditedFilm]) -> list[tuple[EditedFilm, ValidationError]]:
    """Write the changes of these films; where one is refused, one by one, and return those that were refused."""
    try:
        written = editing.edit_films(user, [(film.movie, film.values) for film in films])
    except REFUSALS:
        return [(film, error) for film in films if (error := _edit_alone(user, film))]
    for film, movie in zip(films, written, strict=True):
        _show(film, movie)
    return []


def _edit_alone(user: User, film: EditedFilm) -> ValidationError | None:
    try:
        with transaction.atomic():
            _show(film, editing.edit_film(film.movie, user, film.values))
    except ValidationError as error:
        return error
    except (IntegrityError, Conflict) as error:
        return _refusal(error)
    except (Http404, PermissionDenied) as error:
        return ValidationError(describe_error(error))
    return None


def write_films(user: User, films: Sequence[NewFilm]) -> list[tuple[NewFilm, ValidationError]]:
    """Write all of these films, or none and return those that were refused."""
    for is_last in (False, True):
        try:
            with transaction.atomic():
                editing.save_films(user, [(film.movie, film.genres) for film in films])
        except Conflict as error:
            places = ((*where.field.split(".", 1), where.message) for where in error.errors)
            return [(films[int(place)], ValidationError({field: message})) for place, field, message in places]
        except IntegrityError:  # another transaction took an id meanwhile, which the second look will name
            if is_last:
                raise
        else:
            break
    return []


def _show(film: EditedFilm, written: Movie) -> None:
    """Show the film with the title that it has now."""
    if film.result:
        film.result.object_repr = str(written)


def _refusal(error: IntegrityError | Conflict) -> ValidationError:
    """Return what the row is told. Raises the error itself if it is a bug of ours."""
    conflict = error if isinstance(error, Conflict) else constraints.meaning(error)
    if conflict is None:
        raise error
    return ValidationError(dict(conflict.errors) or conflict.message)
