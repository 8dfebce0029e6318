"""Films written by people: a manager writes the catalogue, a customer private films of their own.

What a manager writes by hand is locked: from then on a sync leaves that field of that film alone. `facts` and
`changes` hold what validation.FIELDS names, in Python's types (a date, a list of Genre, lists of names).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404

from accounts.models import User
from common.errors import Code, Conflict, FieldError
from movies.catalogue import validation as rules
from movies.models import Movie
from movies.queries.films import can_edit, catalogue_films, private_films
from movies.search.vocabulary import learn

Facts = Mapping[str, Any]
Built = tuple[Movie, frozenset[int]]  # an unsaved film and the ids of its genres

MAX_PRIVATE_FILMS = 1_000
MAX_AT_ONCE = 500
# What can be locked: fields that people write and syncs as well. A manager's poster locks its source.
LOCKABLE = frozenset({*rules.FIELDS, "poster_source"} - {"tmdb_id"})
# Another value of these may bring new words to the search.
WORDS = frozenset({"title", "original_title", "directors", "cast"})
TAKEN = {
    "tmdb_id": "There is a film with this TMDB id already.",
    "imdb_id": "There is a film with this IMDb id already.",
}


def create(by: User, facts: Facts) -> Movie:
    """A catalogue film if `by` is a manager, else a private film of theirs.

    What a manager gave is locked. Raises ValidationError by field, IntegrityError for a `tmdb_id` or `imdb_id` that
    another catalogue film has, and Conflict beyond MAX_PRIVATE_FILMS.
    """
    movie, genres = build(by, facts)
    insert(by, [(movie, genres)])
    return movie


def create_many(by: User, films: Sequence[Facts]) -> list[Movie]:
    """As `create`, for 1 to MAX_AT_ONCE films, all or none; the same few statements however many.

    Errors are named by index, as in "3.year": ValidationError for all bad values at once, and Conflict ("duplicate")
    for ids that come twice or that another film has; IntegrityError when somebody takes an id meanwhile.
    """
    check_number(films)
    built: list[Built] = []
    errors: dict[str, list[str]] = {}
    for index, facts in enumerate(films):
        try:
            built.append(build(by, facts))
        except ValidationError as error:
            errors |= {f"{index}.{name}": messages for name, messages in error.message_dict.items()}
    if errors:
        raise ValidationError(errors)
    refuse_taken([movie for movie, _ in built])
    insert(by, built)
    return [movie for movie, _ in built]


@transaction.atomic
def change(movie: Movie, by: User, changes: Facts) -> Movie:
    """Writes what differs, and nothing when nothing does; returns the film as it is then (`movie` stays as it is).

    In the catalogue the fields that changed are locked, and no others. `changes` may also hold `locked_fields`: the
    names that stay locked of those that are. Raises ValidationError by field, IntegrityError as `create` does,
    PermissionDenied if `by` may not edit this film, and Http404 if it was deleted meanwhile.
    """
    row = held(movie)
    if not can_edit(by, row):
        raise PermissionDenied
    given = {name: value for name, value in changes.items() if name != "locked_fields"}
    locks = locks_left(row, changes.get("locked_fields", row.locked_fields))
    stored = rules.of(row, {*given, "title", "year", "release_date"})
    new = rules.changed(given, stored, private=row.is_private)
    if not row.is_private:
        locks |= LOCKABLE & new.keys()
    return write(row, new, locks)


def replace(movie: Movie, by: User, facts: Facts) -> Movie:
    """As `change`; every field that `facts` does not name is emptied. Locks stay unless `locked_fields` is given."""
    return change(movie, by, {**rules.nothing(), "genres": [], **facts})


@transaction.atomic
def unlock(movie: Movie, fields: Iterable[str]) -> Movie:
    """From now on a sync may write these fields again. Raises ValidationError for names that can't be locked."""
    row = held(movie)
    names = set(fields)
    if unknown := sorted(names - LOCKABLE - set(row.locked_fields)):
        raise ValidationError({"locked_fields": [f"Unknown: {', '.join(unknown)}."]})
    return write(row, {}, set(row.locked_fields) - names)


@transaction.atomic
def delete(movie: Movie) -> None:
    """With its ratings, watchlist items and viewings. Raises ProtectedError while something must not lose it.

    Files stay: a poster that no film names any more goes with the daily sweep.
    """
    # Whoever is just about to rate or keep the film waits for the row, and finds it gone.
    held(movie, key=True).delete()


@transaction.atomic
def delete_many(ids: Sequence[int]) -> int:
    """Deletes those catalogue films, all or none, and returns how many; an id may come twice.

    Raises ValidationError that names every id ("ids.3") that is no catalogue film, private ones included.
    """
    check_number(ids, "ids")
    films = catalogue_films().filter(pk__in=set(ids))
    found = set(films.order_by("pk").select_for_update().values_list("pk", flat=True))
    unknown = [index for index, pk in enumerate(ids) if pk not in found]
    if unknown:
        raise ValidationError({f"ids.{index}": ["There is no such film in the catalogue."] for index in unknown})
    films.delete()
    return len(found)


def build(by: User, facts: Facts) -> Built:
    movie = Movie(owner=None if by.is_staff else by)
    locks_left(movie, facts.get("locked_fields", []))
    given = {name: value for name, value in facts.items() if name != "locked_fields"}
    said = rules.changed(given, rules.nothing(), private=movie.is_private)
    if not movie.is_private:
        movie.locked_fields = sorted(LOCKABLE & said.keys())
    genres = said.pop("genres", frozenset())
    for name, value in said.items():
        setattr(movie, name, value)
    return movie, genres


@transaction.atomic
def insert(by: User, built: Sequence[Built]) -> None:
    films = [movie for movie, _ in built]
    if private := sum(movie.is_private for movie in films):
        make_room(by, private)
    Movie.objects.bulk_create(films)
    link = Movie.genres.through
    link.objects.bulk_create(link(movie_id=movie.pk, genre_id=pk) for movie, genres in built for pk in sorted(genres))
    learn_words(films)


def make_room(owner: User, more: int) -> None:
    """Raises Conflict when somebody's private films would be too many; two requests at once wait for each other."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    if private_films(owner).count() + more > MAX_PRIVATE_FILMS:
        raise Conflict(Code.CONFLICT, f"One may have at most {MAX_PRIVATE_FILMS:,} films of one's own.")


def held(movie: Movie, *, key: bool = False) -> Movie:
    """The film as it is now, which nobody else changes until this transaction ends; `key` to delete it."""
    rows = Movie.objects.defer("search_vector").select_for_update(no_key=not key)
    return get_object_or_404(rows, pk=movie.pk)


def locks_left(movie: Movie, names: Iterable[str]) -> set[str]:
    """`names`, which can only be some of those that are locked: a lock comes with an edit."""
    left = set(names)
    if more := sorted(left - set(movie.locked_fields)):
        raise ValidationError({"locked_fields": [f"Names can only be taken away here, not added: {', '.join(more)}."]})
    return left


def write(row: Movie, new: dict[str, Any], locks: set[str]) -> Movie:
    genres = new.pop("genres", None)
    columns = new if locks == set(row.locked_fields) else {**new, "locked_fields": sorted(locks)}
    if genres is not None:
        row.genres.set(genres)
    if columns or genres is not None:
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=[*columns, "updated_at"])
    if WORDS & columns.keys():
        learn_words([row])
    return row


def learn_words(films: Iterable[Movie]) -> None:
    """Of catalogue films only: a private film's words are nobody else's suggestions."""
    if pks := [movie.pk for movie in films if not movie.is_private]:
        transaction.on_commit(partial(learn, pks))


def refuse_taken(films: Iterable[Movie]) -> None:
    """Raises Conflict that names every id, by the index of its film, that comes twice or is another film's."""
    rows = [(index, movie) for index, movie in enumerate(films) if not movie.is_private]
    errors = []
    for name, sentence in TAKEN.items():
        taken = held_ids(name, [getattr(movie, name) for _, movie in rows])
        for index, movie in rows:
            value = getattr(movie, name)
            if value in taken:
                errors.append(FieldError(f"{index}.{name}", sentence))
            elif value is not None:
                taken.add(value)
    if errors:
        errors.sort(key=lambda error: int(error.field.partition(".")[0]))
        raise Conflict(Code.DUPLICATE, "Some of these films are here already, or come twice.", errors)


def held_ids(name: str, values: Collection[Any]) -> set[Any]:
    known = Q(**{f"{name}__in": [value for value in values if value is not None]})
    return set(catalogue_films().filter(known).values_list(name, flat=True))


def check_number(things: Collection[Any], field: str = "__all__") -> None:
    if not 1 <= len(things) <= MAX_AT_ONCE:
        raise ValidationError({field: [f"Send 1 to {MAX_AT_ONCE} at once."]})
