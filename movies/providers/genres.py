"""Writing genres as a provider names them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.text import slugify

from movies.models import Genre
from movies.providers.upsert import Counts
from movies.queries.genres import clear_genre_cache


@dataclass(frozen=True, slots=True)
class GenreFacts:
    """A genre as TMDB names it."""

    tmdb_id: int
    name: str


@transaction.atomic
def upsert_genres(facts: Iterable[GenreFacts]) -> Counts:
    """Create or rename genres by `tmdb_id`, all or none; one made here by hand under the same name is adopted.

    Raises IntegrityError when a new name is already another genre's.
    """
    counts = sum((upsert_genre(fact) for fact in facts), Counts())
    if counts.created or counts.updated:
        transaction.on_commit(clear_genre_cache)
    return counts


def upsert_genre(fact: GenreFacts) -> Counts:
    genre = (
        Genre.objects.select_for_update().filter(tmdb_id=fact.tmdb_id).first()
        or Genre.objects.select_for_update().filter(tmdb_id=None, name=fact.name).first()
    )
    if genre is None:
        Genre.objects.create(tmdb_id=fact.tmdb_id, name=fact.name, slug=slug_for(fact))
        return Counts(created=1)
    if (genre.tmdb_id, genre.name) == (fact.tmdb_id, fact.name):
        return Counts(unchanged=1)
    # The slug stays: it is in people's bookmarks.
    genre.tmdb_id, genre.name = fact.tmdb_id, fact.name
    genre.save(update_fields=["tmdb_id", "name"])
    return Counts(updated=1)


def slug_for(fact: GenreFacts) -> str:
    """From the name; two names that differ by signs only get told apart by the id."""
    slug = slugify(fact.name, allow_unicode=True) or "genre"
    return f"{slug}-{fact.tmdb_id}" if Genre.objects.filter(slug=slug).exists() else slug
