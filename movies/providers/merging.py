"""Merging one catalogue row into another: everything that refers to it goes over, and nothing of a person is lost."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, UniqueConstraint

from movies.models import FormerFilm, Movie, Rating, ReviewReport, SyncState, WatchlistItem
from movies.providers import adult

# Rows that come with every film, and therefore do not count as a use of it.
OWN_MODELS: tuple[type[Model], ...] = (SyncState, Movie.genres.through)
# A manager's poster is a file of ours.
WITH_FIELD = {
    "poster_source": ("poster_source", "poster_key"),
    "certification": ("certification", "age_restriction"),
    "region": ("region", "region_date"),
}
# What a provider may have told of one row only: OMDb is not asked for them again. Pictures come with the details.
FACTS = (
    "original_title", "original_language", "alternative_titles", "overview", "tagline", "year", "runtime", "directors",
    "cast", "certification", "imdb_rating", "imdb_votes", "metascore", "region", "trailer",
)  # fmt: skip


def is_unused(film: Movie) -> bool:
    """Return whether no manager edited the film, and no row of any app refers to it."""
    return not film.locked_fields and not any(
        model.objects.filter(**{name: film.pk}).exists()
        for model, name in references_to_films()
        if model is not FormerFilm
    )


def references_to_films() -> list[tuple[Any, str]]:
    """Return (model, field name) of every reference to a film, except for OWN_MODELS."""
    return [
        (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.related_model is Movie and model not in OWN_MODELS
    ]


def merge_films(kept: Movie, dropped: Movie) -> None:
    """Let everything that refers to `dropped` refer to `kept`, and delete `dropped`. Both rows are locked.

    Where a user rated both, the newer rating stays, with the review of the older one if it has none. What a manager
    wrote or decided of `dropped` fills what they did not of `kept`; so do its other facts where `kept` has none.
    `kept` is changed, and needs no reload.
    """
    _combine_ratings(kept, dropped)
    _combine_watchlists(kept, dropped)
    for model, name in references_to_films():
        _move(model, name, kept, dropped)
    _take_over_edits(kept, dropped)
    filled = _fill_gaps(kept, dropped)
    kept.showing_until = max(filter(None, [kept.showing_until, dropped.showing_until]), default=None)
    columns = filled | _columns(kept.locked_fields)
    kept.save(update_fields=["showing_until", "locked_fields", *columns, "updated_at"])
    adult.take_over(kept, dropped)
    Movie.objects.filter(pk=dropped.pk).delete()
    if kept.imdb_id is None and dropped.imdb_id:  # only now, because the ids are unique
        kept.imdb_id = dropped.imdb_id
        kept.save(update_fields=["imdb_id"])
    FormerFilm.objects.update_or_create(film_id=dropped.pk, defaults={"movie": kept})
    if dropped.tmdb_id is not None:
        FormerFilm.objects.update_or_create(tmdb_id=dropped.tmdb_id, defaults={"movie": kept})


def _move(model: Any, name: str, kept: Movie, dropped: Movie) -> None:
    """Move the rows of one reference; those that would break a constraint, because `kept` has its like, are deleted."""
    rows = model.objects.filter(**{name: dropped.pk})
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and name in constraint.fields:
            others = {field: OuterRef(field) for field in constraint.fields if field != name}
            rows.filter(Exists(model.objects.filter(**{name: kept.pk}, **others))).delete()
    rows.update(**{name: kept.pk})


def _combine_ratings(kept: Movie, dropped: Movie) -> None:
    """Write into the rating of `kept` what a user who rated both said last."""
    theirs = {rating.user_id: rating for rating in Rating.objects.filter(movie=dropped.pk)}
    for mine in Rating.objects.filter(movie=kept.pk, user__in=theirs).order_by("pk"):
        other = theirs[mine.user_id]
        newer, older = (other, mine) if other.updated_at > mine.updated_at else (mine, other)
        mine.rating, mine.review, mine.updated_at = (
            newer.rating or older.rating,
            newer.review or older.review,
            newer.updated_at,
        )
        mine.save(update_fields=["rating", "review", "updated_at"])
        reported = ReviewReport.objects.filter(rating=mine).values("reporter")
        ReviewReport.objects.filter(rating=other).exclude(reporter__in=reported).update(rating=mine)


def _combine_watchlists(kept: Movie, dropped: Movie) -> None:
    """Keep the heart and the earlier day of those who have both films on their watchlist."""
    theirs = {item.user_id: item for item in WatchlistItem.objects.filter(movie=dropped.pk)}
    for mine in WatchlistItem.objects.filter(movie=kept.pk, user__in=theirs).order_by("pk"):
        other = theirs[mine.user_id]
        mine.is_favorite |= other.is_favorite
        mine.added_at = min(mine.added_at, other.added_at)
        mine.save(update_fields=["is_favorite", "added_at"])


def _take_over_edits(kept: Movie, dropped: Movie) -> None:
    new = [name for name in dropped.locked_fields if name not in kept.locked_fields]
    for column in _columns(name for name in new if name != "imdb_id"):
        setattr(kept, column, getattr(dropped, column))
    if "genres" in new:
        kept.genres.set(dropped.genres.all())
    kept.locked_fields = sorted({*kept.locked_fields, *new})


def _fill_gaps(kept: Movie, dropped: Movie) -> set[str]:
    """Give `kept` what only `dropped` has; return the changed columns. What a manager emptied stays empty."""
    locked = {*kept.locked_fields}
    gaps = {name for name in FACTS if getattr(dropped, name) and not getattr(kept, name)}
    columns = _columns(gaps - locked) - locked
    for column in columns:
        setattr(kept, column, getattr(dropped, column))
    if kept.year == dropped.year and kept.release_date is None and "release_date" not in locked:
        kept.release_date = dropped.release_date
        columns.add("release_date")
    if "genres" not in locked and not kept.genres.exists():
        kept.genres.set(dropped.genres.all())
    return columns


def _columns(fields: Iterable[str]) -> set[str]:
    """Return the columns that belong to these locked fields."""
    return {column for name in fields if name != "genres" for column in WITH_FIELD.get(name, (name,))} - {"imdb_id"}
