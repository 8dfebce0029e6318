"""Adding one film to the catalogue as OMDb describes it, or completing the row that the catalogue already has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Func, QuerySet, Value
from django.db.models.functions import Lower, Now

from movies.models import Genre, Movie
from movies.providers.outside_ratings import RatingsRow, mark_ratings_asked, store_ratings
from movies.queries.films import catalogue_films, for_detail
from movies.search.vocabulary import learn_words

# Another transaction may insert the same film at the same moment; the next attempt finds its row.
ATTEMPTS = 3
SEARCHED_FIELDS = frozenset({"directors", "cast"})


@dataclass(frozen=True, slots=True)
class OmdbFilm:
    """One film of OMDb, checked and in our units. Empty or None: not known."""

    title: str
    year: int | None
    release_date: date | None
    overview: str
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    cast: tuple[str, ...]
    ratings: RatingsRow

    @property
    def imdb_id(self) -> str:
        return self.ratings.imdb_id


@dataclass(frozen=True, slots=True)
class Adopted:
    """The catalogue film, read as for its detail page, and whether it was created."""

    movie: Movie
    is_new: bool


def adopt(film: OmdbFilm) -> Adopted:
    """Return the catalogue film with the IMDb id of `film`, completed; create it when there is none.

    A catalogue film of the same title and year without an IMDb id counts as the same film. Only empty fields of an
    existing film are filled; values of TMDB or a manager stay, and so do locked fields.
    Raises IntegrityError or DataError for values that break a constraint of the table.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _adopt_once(film)
        except IntegrityError:
            if not _films_with_imdb_id(film.imdb_id).exists():
                raise
    return _adopt_once(film)


def set_tmdb_id(pk: int, tmdb_id: int) -> bool:
    """Give a catalogue film its TMDB id. Return False if it has an id already, or another film has this one."""
    try:
        with transaction.atomic():
            films = catalogue_films().filter(pk=pk, tmdb_id=None)
            return bool(films.update(tmdb_id=tmdb_id, updated_at=Now()))
    except IntegrityError:
        return False


def find_pk(tmdb_id: int) -> int | None:
    """Return the key of the catalogue film with this TMDB id."""
    return catalogue_films().filter(tmdb_id=tmdb_id).values_list("pk", flat=True).first()


@transaction.atomic
def _adopt_once(film: OmdbFilm) -> Adopted:
    by_imdb_id = _films_with_imdb_id(film.imdb_id).select_for_update(no_key=True)
    movie = by_imdb_id.first() or _find_by_title_and_year(film)
    is_new = movie is None
    movie = _insert_movie(film) if movie is None else _fill_empty_fields(movie, film)
    store_ratings([film.ratings])
    mark_ratings_asked([movie.pk])
    return Adopted(for_detail(Movie.objects.all()).get(pk=movie.pk), is_new)


def _films_with_imdb_id(imdb_id: str) -> QuerySet[Movie]:
    return catalogue_films().defer("search_vector").filter(imdb_id=imdb_id)


def _find_by_title_and_year(film: OmdbFilm) -> Movie | None:
    """Return and lock the only catalogue film of this title and year without an IMDb id; None if there are two."""
    if film.year is None:
        return None
    sort_title = Func(Value(film.title), function="marquee_fold")
    matches = catalogue_films().defer("search_vector").filter(imdb_id=None, year=film.year, sort_title=sort_title)
    matches = matches.exclude(locked_fields__contains=["imdb_id"])
    found = list(matches.order_by("pk").select_for_update(no_key=True)[:2])
    if len(found) != 1 or _have_other_directors(found[0].directors, film.directors):
        return None
    return found[0]


def _have_other_directors(some: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether both films name directors, and none in common: then they are two films."""
    return bool(some and others) and {name.casefold() for name in some}.isdisjoint(name.casefold() for name in others)


def _insert_movie(film: OmdbFilm) -> Movie:
    movie = Movie.objects.create(
        imdb_id=film.imdb_id,
        title=film.title,
        year=film.year,
        release_date=film.release_date,
        overview=film.overview,
        directors=list(film.directors),
        cast=list(film.cast),
    )
    movie.genres.set(_genres_by_name(film.genres))
    transaction.on_commit(learn_words)
    return movie


def _fill_empty_fields(movie: Movie, film: OmdbFilm) -> Movie:
    # A release date belongs to its year: it is only taken together with the year, or when the year agrees.
    takes_date = movie.year in {None, film.year} and "year" not in movie.locked_fields
    values: dict[str, Any] = {
        "imdb_id": film.imdb_id,
        "overview": film.overview,
        "directors": list(film.directors),
        "cast": list(film.cast),
        "year": film.year,
        "release_date": film.release_date if takes_date else None,
    }
    new = {
        name: value
        for name, value in values.items()
        if value and not getattr(movie, name) and name not in movie.locked_fields
    }
    if new:
        for name, value in new.items():
            setattr(movie, name, value)
        movie.save(update_fields=[*new, "updated_at"])
    if "genres" not in movie.locked_fields and not movie.genres.exists():
        movie.genres.set(_genres_by_name(film.genres))
    if SEARCHED_FIELDS & new.keys():
        transaction.on_commit(learn_words)
    return movie


def _genres_by_name(names: Sequence[str]) -> list[Genre]:
    """Return our genres of these names, ignoring case. Unknown names are left out, as in the sync with TMDB."""
    return list(Genre.objects.annotate(lower=Lower("name")).filter(lower__in=[name.lower() for name in names]))
