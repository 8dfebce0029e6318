import pytest
from django.db import IntegrityError

from movies.models import Genre
from movies.providers.genres import GenreRow, upsert_genres
from movies.providers.upsert import Counts
from movies.tests.factories import GenreFactory

pytestmark = pytest.mark.django_db


def names():
    return list(Genre.objects.order_by("tmdb_id").values_list("tmdb_id", "name", "slug"))


def test_counts_of_new_renamed_and_unchanged_genres():
    upsert_genres([GenreRow(18, "Drama"), GenreRow(878, "Sci-Fi")])
    counts = upsert_genres([GenreRow(18, "Drama"), GenreRow(878, "Science Fiction"), GenreRow(35, "Comedy")])
    assert counts == Counts(created=1, updated=1, unchanged=1)
    assert names() == [(18, "Drama", "drama"), (35, "Comedy", "comedy"), (878, "Science Fiction", "sci-fi")]


def test_a_genre_made_by_hand_is_adopted_by_name():
    GenreFactory(tmdb_id=None, name="Noir", slug="film-noir")
    assert upsert_genres([GenreRow(5, "Noir")]) == Counts(updated=1)
    assert names() == [(5, "Noir", "film-noir")]


def test_names_that_share_a_slug_get_different_slugs():
    upsert_genres([GenreRow(1, "War & Peace"), GenreRow(2, "War Peace"), GenreRow(3, "犯罪"), GenreRow(4, "!")])
    assert names() == [
        (1, "War & Peace", "war-peace"),
        (2, "War Peace", "war-peace-2"),
        (3, "犯罪", "犯罪"),
        (4, "!", "genre"),
    ]


def test_a_name_that_belongs_to_another_genre_changes_nothing():
    upsert_genres([GenreRow(1, "Drama"), GenreRow(2, "Comedy")])
    with pytest.raises(IntegrityError, match="genre_name_unique"):
        upsert_genres([GenreRow(3, "Horror"), GenreRow(2, "Drama")])
    assert names() == [(1, "Drama", "drama"), (2, "Comedy", "comedy")]
