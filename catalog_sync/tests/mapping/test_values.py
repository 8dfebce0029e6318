"""Texts of both providers, whatever row they come in."""

import pytest

from catalog_sync.mapping import map_details, map_genre, map_movie, parse_omdb_title
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.tmdb import details_json, movie_json

TURNED, CLEAN = "\u202eThe \u200bLantern\u2069 Keeper\ufeff", "The Lantern Keeper"
JOINED = "\U0001f469\u200d\U0001f4bb می\u200cخواهم 七人 שָׁלוֹם"  # an emoji of two, and letters shaped by a joiner


@pytest.mark.parametrize(("sent", "kept"), [(TURNED, CLEAN), (JOINED, JOINED)], ids=["turned", "joined"])
def test_titles_and_names_lose_invisible_signs_only(sent, kept):
    row = map_movie(movie_json(7, title=sent, original_title=sent))
    assert (row.title, row.original_title) == (kept, kept)
    people = {"cast": [{"name": sent, "order": 0}], "crew": [{"name": sent, "job": "Director"}]}
    details = map_details(details_json(7, title=sent, tagline=sent, credits=people), "US")
    assert (details.title, details.tagline, details.cast, details.directors) == (kept, kept, (kept,), (kept,))
    title = parse_omdb_title(title_json(7, Title=sent, Director=sent, Actors=sent))
    assert (title.title, title.directors, title.cast) == (kept, (kept,), (kept,))
    assert map_genre({"id": 1, "name": sent}).name == kept


def test_a_title_of_invisible_signs_only_counts_as_none():
    row = map_movie(movie_json(7, title="\u202e\u200b", original_title="Lantern"))
    assert (row.title, row.original_title) == ("", "Lantern")
