"""Taking one film into the catalogue as OMDb describes it: found again, recognised, or new; each film once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Func, QuerySet, Value
from django.db.models.functions import Lower, Now

from movies.models import Genre, Movie
from movies.providers import outside_ratings
from movies.providers.outside_ratings import RatingFacts
from movies.queries.films import catalogue_films, for_detail
from movies.search.vocabulary import learn

# Another may write the same film in the same moment; the second look finds what they wrote.
LOOKS = 3
WORDS = frozenset({"directors", "cast"})


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """One film as a provider without TMDB's ids describes it, checked and in our units. Empty or None: not known."""

    title: str
    year: int | None
    release_date: date | None
    overview: str
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    cast: tuple[str, ...]
    ratings: RatingFacts

    @property
    def imdb_id(self) -> str:
        return self.ratings.imdb_id


@dataclass(frozen=True, slots=True)
class Adopted:
    movie: Movie
    is_new: bool


def adopt(facts: FilmFacts) -> Adopted:
    """The catalogue film with this IMDb id. One that we hold without an IMDb id, under the same title and year, is it.

    Of a film that was here only what nobody knew is filled in: what TMDB or a person said stays, and so do locked
    fields. Raises IntegrityError or DataError for facts that break a rule of the table.
    """
    for _ in range(LOOKS - 1):
        try:
            return look_and_write(facts)
        except IntegrityError:
            if not films_with(facts.imdb_id).exists():
                raise
    return look_and_write(facts)


@transaction.atomic
def look_and_write(facts: FilmFacts) -> Adopted:
    movie = films_with(facts.imdb_id).select_for_update(no_key=True).first() or recognised(facts)
    is_new = movie is None
    movie = insert(facts) if movie is None else fill_in(movie, facts)
    outside_ratings.store_ratings([facts.ratings])
    outside_ratings.remember_asked([movie.pk])
    return Adopted(for_detail(Movie.objects.all()).get(pk=movie.pk), is_new)


def films_with(imdb_id: str) -> QuerySet[Movie]:
    return catalogue_films().defer("search_vector").filter(imdb_id=imdb_id)


def recognised(facts: FilmFacts) -> Movie | None:
    """The one film of this title and year that nobody gave an IMDb id. Of two, neither is surely it."""
    if facts.year is None:
        return None
    folded = Func(Value(facts.title), function="marquee_fold")
    alike = catalogue_films().defer("search_vector").filter(imdb_id=None, year=facts.year, sort_title=folded)
    alike = alike.exclude(locked_fields__contains=["imdb_id"])
    found = list(alike.order_by("pk").select_for_update(no_key=True)[:2])
    if len(found) != 1 or are_others(found[0].directors, facts.directors):
        return None
    return found[0]


def are_others(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two films of one title and year are surely two: their directors have no name in common."""
    return bool(some and others) and {name.casefold() for name in some}.isdisjoint(name.casefold() for name in others)


def insert(facts: FilmFacts) -> Movie:
    movie = Movie.objects.create(
        imdb_id=facts.imdb_id,
        title=facts.title,
        year=facts.year,
        release_date=facts.release_date,
        overview=facts.overview,
        directors=list(facts.directors),
        cast=list(facts.cast),
    )
    movie.genres.set(known_genres(facts.genres))
    transaction.on_commit(partial(learn, [movie.pk]))
    return movie


def fill_in(movie: Movie, facts: FilmFacts) -> Movie:
    new = {name: value for name, value in fillings(movie, facts).items() if name not in movie.locked_fields}
    if new:
        for name, value in new.items():
            setattr(movie, name, value)
        movie.save(update_fields=[*new, "updated_at"])
    if "genres" not in movie.locked_fields and not movie.genres.exists():
        movie.genres.set(known_genres(facts.genres))
    if WORDS & new.keys():
        transaction.on_commit(partial(learn, [movie.pk]))
    return movie


def fillings(movie: Movie, facts: FilmFacts) -> dict[str, Any]:
    """What `facts` know and nobody said of the film yet. A date belongs to its year, and comes with it only."""
    has_its_year = movie.year in {None, facts.year}
    said: dict[str, Any] = {
        "imdb_id": facts.imdb_id,
        "overview": facts.overview,
        "directors": list(facts.directors),
        "cast": list(facts.cast),
        "year": facts.year,
        "release_date": facts.release_date if has_its_year and "year" not in movie.locked_fields else None,
    }
    return {name: value for name, value in said.items() if value and not getattr(movie, name)}


def known_genres(names: Sequence[str]) -> list[Genre]:
    """Those of our genres that have these names, whatever their case; others are left out, as TMDB's unknown ones."""
    return list(Genre.objects.annotate(lower=Lower("name")).filter(lower__in=[name.lower() for name in names]))


def give_tmdb_id(pk: int, tmdb_id: int) -> bool:
    """Whether this catalogue film has this TMDB id now; not when it has another, or another film has this one."""
    try:
        with transaction.atomic():
            films = catalogue_films().filter(pk=pk, tmdb_id=None)
            return bool(films.update(tmdb_id=tmdb_id, updated_at=Now()))
    except IntegrityError:
        return False


def key_of(tmdb_id: int) -> int | None:
    return catalogue_films().filter(tmdb_id=tmdb_id).values_list("pk", flat=True).first()
