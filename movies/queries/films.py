"""Films: which of them a user may see or edit, filters, orderings, and the lists of the home page.

Every list starts from `public_films`, `private_films`, `listed_films` or `visible_films`, so that private films of
others never appear in it.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import F
from django.db.models.functions import Coalesce, Now
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from common.database.kept import Parameter, kept_query
from movies.models import NO_RATING, UNKNOWN_DATE, FormerFilm, Genre, Movie, Rating, Viewing, WatchlistItem
from movies.queries.cards import CardFilm, card_films, to_cards

# Public name -> the sort expression, each served by an index of Movie (see its Meta).
ORDERINGS: dict[str, F | Coalesce] = {
    "popularity": F("popularity"),
    "release_date": Coalesce("release_date", Value(UNKNOWN_DATE)),
    "title": F("sort_title"),
    "average_rating": Coalesce("average_rating", Value(NO_RATING)),
}

# Columns that no list shows; loading them would double the row.
DETAIL_ONLY = (
    "overview", "tagline", "cast", "search_vector", "locked_fields", "backdrop_source", "trailer", "alternative_titles",
)  # fmt: skip


def catalogue_films() -> QuerySet[Movie]:
    """Return all films of the catalogue, without anyone's private ones; for syncs and managers."""
    return Movie.objects.filter(owner=None)


def public_films() -> QuerySet[Movie]:
    """Return the films of the catalogue that are listed for everybody."""
    return catalogue_films().filter(withdrawn=False)


def listed_films(user: User | AnonymousUser) -> QuerySet[Movie]:
    """Return the films that a search of this user finds: the public ones, and their own private ones."""
    if not user.is_authenticated:
        return public_films()
    return Movie.objects.filter(Q(owner=None, withdrawn=False) | Q(owner_id=user.pk))


def private_films(owner: User | AnonymousUser) -> QuerySet[Movie]:
    return Movie.objects.filter(owner_id=owner.pk) if owner.is_authenticated else Movie.objects.none()


def visible_films(user: User | AnonymousUser) -> QuerySet[Movie]:
    """Return the films that the user may open; all other films answer 404, never 403.

    Of the withdrawn ones managers may open all, visitors those on the programme, users also those of their library.
    """
    if not user.is_authenticated:
        return _visible_films(None)
    return _visible_films(user.pk, is_staff=user.is_staff)


def _visible_films(user: int | Parameter | None, *, is_staff: bool = False) -> QuerySet[Movie]:
    can_open = Q(withdrawn=False) | Q(showing_until__gte=Now())
    if user is None:
        return catalogue_films().filter(can_open)
    if is_staff:
        can_open = Q()
    else:
        for model in (Rating, WatchlistItem, Viewing):
            can_open |= Q(Exists(model.objects.filter(user_id=user, movie_id=OuterRef("pk"))))
    return Movie.objects.filter((Q(owner=None) & can_open) | Q(owner_id=user))


def get_film(films: QuerySet[Movie], pk: int) -> Movie:
    """Return the film of `films` with this id, or the one that the row of this id was merged into. Raises Http404."""
    film = films.filter(pk=pk).first()
    return get_object_or_404(films, former_films__film_id=pk) if film is None else film


def read_film(user: User | AnonymousUser, pk: int) -> Movie:
    """Return the film that the user may open, with all that its page shows, as `get_film` does. Two queries."""
    return find_film(user, pk) or get_film(for_detail(visible_films(user)), pk)


def find_film(user: User | AnonymousUser, pk: int) -> Movie | None:
    """Return the film of this id that the user may open, with its genres."""
    is_staff = user.is_authenticated and user.is_staff
    found = _film_of_page(user.is_authenticated, is_staff, pk=pk, user=user.pk)
    if not found:
        return None
    genres = Genre.objects.all()
    genres._result_cache = _genres_of_film(film=pk)  # noqa: SLF001  (as if they had been prefetched)
    found[0]._prefetched_objects_cache = {"genres": genres}  # type: ignore[attr-defined]  # noqa: SLF001
    return found[0]


@kept_query
def _film_of_page(is_signed_in: bool, is_staff: bool, /, *, pk: Parameter, user: Parameter) -> QuerySet[Movie]:
    films = _visible_films(user if is_signed_in else None, is_staff=is_staff)
    return films.defer("search_vector").filter(pk=pk).order_by()


@kept_query
def _genres_of_film(*, film: Parameter) -> QuerySet[Genre]:
    return Genre.objects.filter(movies=film)


def find_present_id(pk: int) -> int:
    """Return the id of the film that the row of this id was merged into; the same id if it was not merged."""
    return FormerFilm.objects.filter(film_id=pk).values_list("movie", flat=True).first() or pk


def can_edit(user: User | AnonymousUser, movie: Movie) -> bool:
    """Return whether `user` may change and delete `movie`: managers the catalogue, each user their private films."""
    return user.is_authenticated and (user.is_staff if movie.owner_id is None else movie.owner_id == user.pk)


def for_cards(films: QuerySet[Movie]) -> QuerySet[Movie]:
    """Load only what a list shows of each film, in two queries however many films there are."""
    return films.defer(*DETAIL_ONLY).prefetch_related("genres")


def for_detail(films: QuerySet[Movie]) -> QuerySet[Movie]:
    return films.defer("search_vector").prefetch_related("genres")


def filter_films(
    films: QuerySet[Movie],
    *,
    genre: Sequence[int] | None = None,
    year: int | None = None,
    year_min: int | None = None,
    year_max: int | None = None,
    rating_min: float | None = None,
    age_max: int | None = None,
    now_showing: bool | None = None,
    coming_soon: bool | None = None,
) -> QuerySet[Movie]:
    """Apply the filters of the catalogue, for the API and the pages alike; None filters nothing.

    `genre`: ids; a film must have all of them. `age_max`: the visitor's age; films without a known age restriction
    are left out. `rating_min`: the average of our visitors, not TMDB's. `coming_soon`: by the date of our region.
    """
    bounds = {
        "year": year,
        "year__gte": year_min,
        "year__lte": year_max,
        "average_rating__gte": rating_min,
        "age_restriction__lte": age_max,
    }
    films = films.filter(**{name: value for name, value in bounds.items() if value is not None})
    if genre:
        films = _with_genres(films, genre, of_one_year=year is not None)
    if now_showing is not None:
        showing = Q(showing_until__gte=timezone.now())
        films = films.filter(showing) if now_showing else films.exclude(showing)
    if coming_soon is not None:
        films = films.filter(_comes_soon()) if coming_soon else films.exclude(_comes_soon())
    return films


def _with_genres(films: QuerySet[Movie], genres: Sequence[int], *, of_one_year: bool) -> QuerySet[Movie]:
    """Choose films that have all these genres, by the index that serves best: that of a year's films has their genres.

    Without a year, PostgreSQL needs to know how many films a genre has, and may begin with them.
    """
    if of_one_year:
        return films.filter(genre_ids__contains=list(genres))
    for pk in genres:
        films = films.filter(Exists(Movie.genres.through.objects.filter(movie_id=OuterRef("pk"), genre_id=pk)))
    return films


def coming_soon_films(limit: int) -> list[CardFilm]:
    """Return the films that come to the cinemas of our region next, the first one first. One query."""
    return to_cards(_coming_soon(limit, region=settings.TMDB_REGION, today=timezone.localdate()))


@kept_query
def _coming_soon(limit: int, /, *, region: Parameter, today: Parameter) -> QuerySet[Movie, Any]:
    films = public_films().filter(_comes_soon(region, today)).order_by("region_date", "-popularity", "id")
    return card_films(films)[:limit]


def _comes_soon(region: Parameter | None = None, today: Parameter | None = None) -> Q:
    """Match films with a release in our region after today."""
    return Q(region=region or settings.TMDB_REGION, region_date__gt=today or timezone.localdate())


def popular_films(limit: int) -> list[CardFilm]:
    """Return the most popular catalogue films, in one query."""
    return to_cards(_most_popular(limit))


@kept_query
def _most_popular(limit: int, /) -> QuerySet[Movie, Any]:
    return card_films(public_films().order_by("-popularity", "-id"))[:limit]


def similar_films(movie: Movie, limit: int) -> list[CardFilm]:
    """Return the catalogue films that share the most genres with `movie`, among equals the most popular first.

    One query, or none for a film without genres.
    """
    genres = {f"genre_{number}": genre.pk for number, genre in enumerate(movie.genres.all())}
    return to_cards(_similar(limit, film=movie.pk, **genres)) if genres else []


@kept_query
def _similar(limit: int, /, *, film: Parameter, **genres: Parameter) -> QuerySet[Movie, Any]:
    wanted = reduce(or_, (Q(genres=genre) for genre in genres.values()))
    shared = Count("genres", filter=wanted)
    candidates = public_films().filter(wanted).exclude(pk=film)
    films = candidates.annotate(shared=shared).order_by("-shared", "-popularity", "-id")
    return card_films(films)[:limit]
