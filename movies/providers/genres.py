"""Writing the genres of a provider."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.text import slugify

from movies.models import Genre
from movies.providers.upsert import Counts


@dataclass(frozen=True, slots=True)
class GenreRow:
    """A genre of TMDB."""

    tmdb_id: int
    name: str


@transaction.atomic
def upsert_genres(rows: Iterable[GenreRow]) -> Counts:
    """Create or rename genres by `tmdb_id`, all or none. A genre without TMDB id adopts the id of its name.

    Raises IntegrityError when a new name belongs to another genre.
    """
    return sum((_upsert_genre(row) for row in rows), Counts())


def _upsert_genre(row: GenreRow) -> Counts:
    genre = (
        Genre.objects.select_for_update().filter(tmdb_id=row.tmdb_id).first()
        or Genre.objects.select_for_update().filter(tmdb_id=None, name=row.name).first()
    )
    if genre is None:
        Genre.objects.create(tmdb_id=row.tmdb_id, name=row.name, slug=_build_slug(row))
        return Counts(created=1)
    if (genre.tmdb_id, genre.name) == (row.tmdb_id, row.name):
        return Counts(unchanged=1)
    # The slug stays, because it is part of addresses that people have bookmarked.
    genre.tmdb_id, genre.name = row.tmdb_id, row.name
    genre.save(update_fields=["tmdb_id", "name"])
    return Counts(updated=1)


def _build_slug(row: GenreRow) -> str:
    """Build a slug from the name, with the TMDB id added if another genre has the same slug."""
    slug = slugify(row.name, allow_unicode=True) or "genre"
    return f"{slug}-{row.tmdb_id}" if Genre.objects.filter(slug=slug).exists() else slug
