"""Texts of OMDb's that were stored with their HTML entities."""

from importlib import import_module

import pytest
from django.apps import apps

from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

ENCODED = {
    "title": "Salt &amp; Pepper&#39;s Day",
    "overview": "A &lt;quiet&gt; day &amp;amp; night, Black&White.",
    "directors": ["Jos&eacute; Roe"],
    "cast": ["Ann &quot;Al&quot; Poe", "Cy Lee"],
}
PLAIN = {
    "title": "Salt & Pepper's Day",
    "overview": "A <quiet> day &amp; night, Black&White.",
    "directors": ["José Roe"],
    "cast": ['Ann "Al" Poe', "Cy Lee"],
}


def migrated(**values):
    film = MovieFactory(**ENCODED | values)
    import_module("movies.migrations.0017_dates_and_signs").decode_entities(apps, None)
    film.refresh_from_db()
    return {name: getattr(film, name) for name in ENCODED}


def test_stored_texts_are_decoded_once():
    assert migrated(imdb_id="tt0000007") == PLAIN


def test_one_text_with_them_is_enough():
    plain = PLAIN | {"overview": "A day & night."}
    assert migrated(**plain | {"cast": ["A &amp; B"]}, imdb_id="tt0000007") == plain | {"cast": ["A & B"]}


def test_films_that_are_not_of_omdb_and_what_a_manager_wrote_stay():
    assert migrated(imdb_id=None) == ENCODED
    assert migrated(imdb_id="tt0000007", locked_fields=["title", "cast"]) == PLAIN | {
        name: ENCODED[name] for name in ("title", "cast")
    }
