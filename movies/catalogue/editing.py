"""Films written by users: managers write the catalogue, customers private films of their own.

A field of a catalogue film that a manager writes is locked: syncs leave it alone from then on. `values` and `changes`
hold what validation.FIELDS names, in Python's types (a date, a list of Genre, lists of names).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.sign_in import second_factor
from common.errors import Code, Conflict, FieldError
from movies.catalogue import validation
from movies.catalogue.writing import write_edits
from movies.models import FormerFilm, Movie
from movies.queries.films import can_edit, catalogue_films, private_films
from movies.search.vocabulary import learn_words

Values = Mapping[str, Any]
Unsaved = tuple[Movie, frozenset[int]]  # a film and the ids of its genres

MAX_PRIVATE_FILMS = 1_000
MAX_AT_ONCE = 500
# Fields that both users and syncs write. A manager's poster locks `poster_source`.
LOCKABLE = frozenset({*validation.FIELDS, "poster_source"} - {"tmdb_id"})
# A new value of these may bring new words to the search.
SEARCHED = frozenset({"title", "original_title", "directors", "cast"})
DUPLICATES = {
    "tmdb_id": "There is a film with this TMDB id already.",
    "imdb_id": "There is a film with this IMDb id already.",
}


def create_film(by: User, values: Values) -> Movie:
    """Create a catalogue film if `by` is a manager, else a private film of theirs.

    The fields that a manager filled are locked. Raises ValidationError by field, IntegrityError for a `tmdb_id` or
    `imdb_id` that another catalogue film has, and Conflict ("duplicate") for a `tmdb_id` that another one had before it
    was merged, or beyond MAX_PRIVATE_FILMS.
    """
    movie, genres = build_film(by, values)
    _check_former_ids(movie, movie.tmdb_id)
    insert_films(by, [(movie, genres)])
    return movie


def create_films(by: User, films: Sequence[Values]) -> list[Movie]:
    """Create 1 to MAX_AT_ONCE films as `create_film` does, all or none, in the same few statements however many.

    Errors are named by index, as in "3.year": ValidationError for all bad values at once, and Conflict ("duplicate")
    for ids that come twice or that another film has; IntegrityError when another transaction takes an id meanwhile.
    """
    _check_number(films)
    unsaved: list[Unsaved] = []
    errors: dict[str, list[str]] = {}
    for index, values in enumerate(films):
        try:
            unsaved.append(build_film(by, values))
        except ValidationError as error:
            errors |= {f"{index}.{name}": messages for name, messages in error.message_dict.items()}
    if errors:
        raise ValidationError(errors)
    save_films(by, unsaved)
    return [movie for movie, _ in unsaved]


def save_films(by: User, unsaved: Sequence[Unsaved]) -> None:
    """Save films of `build_film`, all or none, in the same few statements however many. Raises as `create_films` does,
    except ValidationError.
    """
    _check_ids_unique(movie for movie, _ in unsaved)
    insert_films(by, unsaved)


@transaction.atomic
def insert_films(by: User, unsaved: Sequence[Unsaved]) -> None:
    """Save validated films with their genres. Raises as `create_film` does, except ValidationError."""
    films = [movie for movie, _ in unsaved]
    for movie, genres in unsaved:
        movie.genre_ids = sorted(genres)  # as a trigger would, which would have to write the film again
    if private := sum(movie.is_private for movie in films):
        _check_private_limit(by, private)
    Movie.objects.bulk_create(films)
    link = Movie.genres.through
    link.objects.bulk_create(link(movie_id=movie.pk, genre_id=pk) for movie, genres in unsaved for pk in sorted(genres))
    transaction.on_commit(learn_words)


@transaction.atomic
def edit_film(movie: Movie, by: User, changes: Values) -> Movie:
    """Write the values that differ, and nothing when none does; return the film as stored, leaving `movie` as it is.

    In the catalogue exactly the fields that changed are locked. `changes` may also hold `locked_fields`: those of the
    locked names that stay locked. Raises ValidationError by field, IntegrityError as `create_film` does,
    PermissionDenied if `by` may not edit this film, and Http404 if it was deleted meanwhile.
    """
    row = _lock_film(movie)
    return _write(row, *_validate_edit(row, by, changes))


@transaction.atomic
def edit_films(by: User, edits: Sequence[tuple[Movie, Values]]) -> list[Movie]:
    """Edit 1 to MAX_AT_ONCE different films as `edit_film` does, all or none, in the same few statements however many.

    Raises as `edit_film` does, without saying of which film.
    """
    _check_number(edits)
    ids = [movie.pk for movie, _ in edits]
    locked = Movie.objects.defer("search_vector").prefetch_related("genres").select_for_update(no_key=True)
    rows = {row.pk: row for row in locked.filter(pk__in=ids).order_by("pk")}
    if len(rows) < len(ids):
        raise Http404
    new = {movie.pk: _validate_edit(rows[movie.pk], by, changes) for movie, changes in edits}
    write_edits(rows, new)
    if any(SEARCHED & values.keys() for values, _ in new.values()):
        transaction.on_commit(learn_words)
    return [rows[pk] for pk in ids]


def replace_film(movie: Movie, by: User, values: Values) -> Movie:
    """Edit as `edit_film` does, and empty every field that `values` lacks; without `locked_fields` the locks stay."""
    return edit_film(movie, by, {**validation.empty_values(), "genres": [], **values})


@transaction.atomic
def unlock_fields(movie: Movie, fields: Iterable[str]) -> Movie:
    """Let syncs write these fields again. Raises ValidationError for names that cannot be locked."""
    row = _lock_film(movie)
    names = set(fields)
    if unknown := sorted(names - LOCKABLE - set(row.locked_fields)):
        raise ValidationError({"locked_fields": [f"Unknown: {', '.join(unknown)}."]})
    return _write(row, {}, set(row.locked_fields) - names)


@transaction.atomic
def delete_film(movie: Movie) -> None:
    """Delete the film with its ratings, watchlist items and viewings.

    Raises ProtectedError while other rows need it. Its poster files are left to the daily sweep.
    """
    # With the key locked, a transaction that is about to rate or keep the film waits, and then finds it deleted.
    _lock_film(movie, key=True).delete()


@transaction.atomic
def delete_films(ids: Sequence[int]) -> int:
    """Delete the catalogue films of these ids, all or none, and return how many; an id may come twice.

    Raises ValidationError naming every id ("ids.3") that is not of a catalogue film; private films count as missing.
    """
    _check_number(ids, "ids")
    films = catalogue_films().filter(pk__in=set(ids))
    found = set(films.order_by("pk").select_for_update().values_list("pk", flat=True))
    unknown = [index for index, pk in enumerate(ids) if pk not in found]
    if unknown:
        raise ValidationError({f"ids.{index}": ["There is no such film in the catalogue."] for index in unknown})
    films.delete()
    return len(found)


def build_film(by: User, values: Values) -> Unsaved:
    """Return a valid film as `create_film` would save it. Raises ValidationError by field."""
    second_factor.check_set_up(by)  # the film would be private, where a manager means the catalogue
    movie = Movie(owner=None if by.is_staff else by)
    _validate_locks(movie, values.get("locked_fields", []))
    values = {name: value for name, value in values.items() if name != "locked_fields"}
    new = validation.validate_changes(values, validation.empty_values(), private=movie.is_private)
    if not movie.is_private:
        movie.locked_fields = sorted(LOCKABLE & new.keys())
    genres = new.pop("genres", frozenset())
    for name, value in new.items():
        setattr(movie, name, value)
    return movie, genres


def _validate_edit(row: Movie, by: User, changes: Values) -> tuple[dict[str, Any], set[str]]:
    """Return the new values of a locked film, and the fields that are locked with them. Raises as `edit_film` does."""
    if not can_edit(by, row):
        raise PermissionDenied
    values = {name: value for name, value in changes.items() if name != "locked_fields"}
    locks = _validate_locks(row, changes.get("locked_fields", row.locked_fields))
    stored = validation.film_values(row, {*values, "title", "year", "release_date"})
    new = validation.validate_changes(values, stored, private=row.is_private)
    if not row.is_private:
        _check_former_ids(row, new.get("tmdb_id"))
        locks |= LOCKABLE & new.keys()
    return new, locks


def _write(row: Movie, new: dict[str, Any], locks: set[str]) -> Movie:
    genres = new.pop("genres", None)
    columns = new if locks == set(row.locked_fields) else {**new, "locked_fields": sorted(locks)}
    if genres is not None:
        row.genres.set(genres)
    if columns or genres is not None:
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=[*columns, "updated_at"])
    if SEARCHED & columns.keys():
        transaction.on_commit(learn_words)
    return row


def _lock_film(movie: Movie, *, key: bool = False) -> Movie:
    """Lock the film's row until the transaction ends and return it as stored; `key` to delete it. Raises Http404."""
    rows = Movie.objects.defer("search_vector").select_for_update(no_key=not key)
    return get_object_or_404(rows, pk=movie.pk)


def _validate_locks(movie: Movie, names: Iterable[str]) -> set[str]:
    """Return `names` as a set. Raises ValidationError for one that is not locked: only an edit locks a field."""
    kept = set(names)
    if added := sorted(kept - set(movie.locked_fields)):
        raise ValidationError({"locked_fields": [f"Names can only be removed here, not added: {', '.join(added)}."]})
    return kept


def _check_number(items: Collection[Any], field: str = "__all__") -> None:
    if not 1 <= len(items) <= MAX_AT_ONCE:
        raise ValidationError({field: [f"Send 1 to {MAX_AT_ONCE} at once."]})


def _check_private_limit(owner: User, more: int) -> None:
    """Raise Conflict if the owner would have too many private films. Locks the owner: requests at once wait here."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    if private_films(owner).count() + more > MAX_PRIVATE_FILMS:
        raise Conflict(Code.CONFLICT, f"You can have at most {MAX_PRIVATE_FILMS:,} films of your own.")


def _check_ids_unique(films: Iterable[Movie]) -> None:
    """Raise Conflict naming, by the index of its film, every id that comes twice or that another film has."""
    rows = [(index, movie) for index, movie in enumerate(films) if not movie.is_private]
    errors = []
    for name, message in DUPLICATES.items():
        values = [getattr(movie, name) for _, movie in rows]
        used = _used_ids(name, values)
        for (index, _), value in zip(rows, values, strict=True):
            if value in used:
                errors.append(FieldError(f"{index}.{name}", message))
            elif value is not None:
                used.add(value)
    if errors:
        errors.sort(key=lambda error: int(error.field.partition(".")[0]))
        raise Conflict(Code.DUPLICATE, "Some of these films are in the catalogue already, or come twice.", errors)


def _check_former_ids(movie: Movie, tmdb_id: int | None) -> None:
    """Raise Conflict if another film had this TMDB id before it was merged: the two are one film."""
    if tmdb_id and FormerFilm.objects.filter(tmdb_id=tmdb_id).exclude(movie=movie.pk).exists():
        message = DUPLICATES["tmdb_id"]
        raise Conflict(Code.DUPLICATE, message, [FieldError("tmdb_id", message)])


def _used_ids(name: str, values: Collection[Any]) -> set[Any]:
    same_id = Q(**{f"{name}__in": [value for value in values if value is not None]})
    used = set(catalogue_films().filter(same_id).values_list(name, flat=True))
    return used | set(FormerFilm.objects.filter(same_id).values_list(name, flat=True)) if name == "tmdb_id" else used
