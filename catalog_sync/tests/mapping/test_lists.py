import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_sync.mapping import BadRecord, map_genre, map_movie, map_release
from catalog_sync.tests.fakes.tmdb import movie_json
from movies.models import Genre, Movie
from movies.providers.genres import GenreRow
from movies.providers.upsert import MovieRow

T = TypeVar("T")
PLAIN = MovieRow(
    tmdb_id=7,
    title="The Lantern Keeper 7",
    original_title="The Lantern Keeper 7",
    original_language="en",
    overview="A keeper tends lantern number 7.",
    release_date=date(2019, 5, 17),
    year=2019,
    popularity=107.5,
    vote_average=7.25,
    vote_count=120,
    poster_source="/poster7.jpg",
    backdrop_source="/backdrop7.jpg",
    genre_tmdb_ids=(18, 35),
)
NO_DATE = {"release_date": None, "year": None}


def test_a_complete_row():
    assert map_movie(movie_json(7)) == PLAIN


def test_a_row_with_only_id_and_title():
    assert asdict(map_movie({"id": 7, "title": "Alone"})) == {
        "tmdb_id": 7,
        "title": "Alone",
        "original_title": "",
        "original_language": "",
        "overview": "",
        "release_date": None,
        "year": None,
        "popularity": 0,
        "vote_average": None,
        "vote_count": 0,
        "poster_source": "",
        "backdrop_source": "",
        "genre_tmdb_ids": (),
        "region": "",
        "region_date": None,
        "adult": None,
    }


def test_the_date_of_a_release_is_that_of_the_region():
    assert map_release(movie_json(7), "DE") == replace(PLAIN, **NO_DATE, region="DE", region_date=date(2019, 5, 17))
    assert map_release(movie_json(7, release_date=""), "DE") == replace(PLAIN, **NO_DATE, region="DE")


def test_a_flag_of_tmdb_refuses_no_row():
    assert map_movie(movie_json(7, adult=True)) == replace(PLAIN, adult=True)
    assert map_movie(movie_json(7, adult="yes")) == replace(PLAIN, adult=None)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"softcore": False, "media_type": "movie"}, {}),
        ({"release_date": ""}, NO_DATE),
        ({"release_date": None}, NO_DATE),
        ({"release_date": "2019-02-30"}, NO_DATE),
        ({"release_date": "soon"}, NO_DATE),
        ({"release_date": 2019}, NO_DATE),
        ({"release_date": "1869-12-31"}, NO_DATE),
        ({"release_date": "2201-01-01"}, NO_DATE),
        ({"release_date": "1870-01-01 "}, {"release_date": date(1870, 1, 1), "year": 1870}),
        ({"release_date": "2200-12-31"}, {"release_date": date(2200, 12, 31), "year": 2200}),
        ({"popularity": "0.899541407888388"}, {"popularity": 0.8995}),
        ({"popularity": 12}, {"popularity": 12}),
        ({"popularity": None}, {"popularity": 0}),
        ({"popularity": 1e300}, {"popularity": 1e300}),
        ({"vote_average": 6}, {"vote_average": 6}),
        ({"vote_average": 7.7134999}, {"vote_average": 7.713}),
        ({"vote_average": 0}, {"vote_average": 0}),
        ({"vote_average": 10, "vote_count": "1"}, {"vote_average": 10, "vote_count": 1}),
        ({"vote_average": None}, {"vote_average": None}),
        ({"vote_average": 5.5, "vote_count": 0}, {"vote_average": None, "vote_count": 0}),
        ({"vote_average": 5.5, "vote_count": None}, {"vote_average": None, "vote_count": 0}),
        ({"overview": None}, {"overview": ""}),
        ({"overview": " One.  Two.\r\n\r\nThree.\rFour.\x00 \n"}, {"overview": "One. Two.\n\nThree.\nFour."}),
        ({"title": "  Two  words \r\n and\ta\u00a0half\x00 \x07"}, {"title": "Two words and a half"}),
        ({"title": "Half a pair \ud83d"}, {"title": "Half a pair"}),
        ({"title": "الفانوس 灯笼"}, {"title": "الفانوس 灯笼"}),
        ({"title": "x" * 500 + "\x00 "}, {"title": "x" * 500}),
        ({"title": " \r\n"}, {"title": "", "original_title": "The Lantern Keeper 7"}),
        ({"title": None}, {"title": "", "original_title": "The Lantern Keeper 7"}),
        ({"original_title": None}, {"original_title": ""}),
        ({"original_language": "cn"}, {"original_language": "cn"}),
        ({"original_language": "xx "}, {"original_language": "xx"}),
        ({"original_language": "a-very-long-code"}, {"original_language": ""}),
        ({"genre_ids": None}, {"genre_tmdb_ids": ()}),
        ({"genre_ids": []}, {"genre_tmdb_ids": ()}),
        ({"genre_ids": {"id": 18}}, {"genre_tmdb_ids": ()}),
        ({"genre_ids": [35, "18", 35, 18]}, {"genre_tmdb_ids": (35, 18)}),
        ({"genre_ids": [True, -1, 0, 2**31, None, "x", "9" * 11, [], 18.5, 18]}, {"genre_tmdb_ids": (18,)}),
        ({"poster_path": None, "backdrop_path": ""}, {"poster_source": "", "backdrop_source": ""}),
        ({"poster_path": "/a-b_c.1.webp"}, {"poster_source": "/a-b_c.1.webp"}),
        ({"poster_path": "//evil.example/a.jpg"}, {"poster_source": ""}),
        ({"poster_path": "/../a.jpg"}, {"poster_source": ""}),
        ({"poster_path": "/a.svg"}, {"poster_source": ""}),
        ({"poster_path": "/a.jpg\n"}, {"poster_source": ""}),
        ({"poster_path": "/é.jpg"}, {"poster_source": ""}),
        ({"poster_path": f"/{'a' * 195}.jpg"}, {"poster_source": f"/{'a' * 195}.jpg"}),
        ({"poster_path": f"/{'a' * 196}.jpg"}, {"poster_source": ""}),
        ({"poster_path": 5}, {"poster_source": ""}),
    ],
    ids=repr,
)
def test_odd_values_are_cleaned_or_left_out(sent: dict[str, Any], kept: dict[str, Any]):
    assert map_movie(movie_json(7, **sent)) == replace(PLAIN, **kept)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"id": None}, "id is not a positive integer"),
        ({"id": True}, "id is not a positive integer"),
        ({"id": "7"}, "id is not a positive integer"),
        ({"id": 7.0}, "id is not a positive integer"),
        ({"id": 0}, "id is not a positive integer"),
        ({"id": -7}, "id is not a positive integer"),
        ({"id": 2**31}, "id is not a positive integer"),
        ({"title": "", "original_title": None}, "movie 7: title is empty"),
        ({"title": "x" * 501}, "movie 7: title is longer than 500"),
        ({"title": 300}, "movie 7: title is not text"),
        ({"original_title": "x" * 501}, "movie 7: original_title is longer than 500"),
        ({"overview": ["a"]}, "movie 7: overview is not text"),
        ({"popularity": "high"}, "movie 7: popularity is not a number"),
        ({"popularity": False}, "movie 7: popularity is not a number"),
        ({"popularity": []}, "movie 7: popularity is not a number"),
        ({"popularity": 10**400}, "movie 7: popularity is not a number"),
        ({"popularity": -0.5}, "movie 7: popularity is negative or not finite"),
        ({"popularity": float("nan")}, "movie 7: popularity is negative or not finite"),
        ({"popularity": "Infinity"}, "movie 7: popularity is negative or not finite"),
        ({"vote_average": 10.01}, "movie 7: vote_average is above 10"),
        ({"vote_average": -1}, "movie 7: vote_average is negative or not finite"),
        ({"vote_count": 1.5}, "movie 7: vote_count is not a count"),
        ({"vote_count": 2**31}, "movie 7: vote_count is not a count"),
        ({"vote_count": -1}, "movie 7: vote_count is negative or not finite"),
    ],
    ids=repr,
)
def test_unusable_rows(sent: dict[str, Any], reason: str):
    with pytest.raises(BadRecord) as caught:
        map_movie(movie_json(7, **sent))

    assert str(caught.value) == reason


@pytest.mark.parametrize("row", [None, [], "row", 7, True])
@pytest.mark.parametrize("mapped", [map_movie, map_genre])
def test_rows_that_are_not_objects(mapped, row: object):
    with pytest.raises(BadRecord, match=r"^not an object$"):
        mapped(row)


@pytest.mark.parametrize("name", ["Drama", " Drama\x00 ", "Drama\r\n"])
def test_a_genre(name: str):
    assert map_genre({"id": 18, "name": name, "new": 1}) == GenreRow(tmdb_id=18, name="Drama")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": 18}, "genre 18: name is empty"),
        ({"id": 18, "name": " "}, "genre 18: name is empty"),
        ({"id": 18, "name": 5}, "genre 18: name is not text"),
        ({"id": 18, "name": "x" * 101}, "genre 18: name is longer than 100"),
        ({"id": "18", "name": "Drama"}, "id is not a positive integer"),
    ],
)
def test_unusable_genres(row: dict, reason: str):
    with pytest.raises(BadRecord) as caught:
        map_genre(row)

    assert str(caught.value) == reason


texts = st.text(st.characters())  # including halves of surrogate pairs and control characters
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.dates().map(str) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=10,
)
# A good row in which some values are replaced, so that the search gets past the first check.
rows = st.dictionaries(st.sampled_from(sorted(movie_json(7))), values, max_size=4).map(lambda odd: movie_json(7) | odd)


def mapped_or_refused(mapped: Callable[[object], T], row: object) -> T | None:
    """Return the record; None for a refused row. Any other error than BadRecord fails the test."""
    try:
        return mapped(row)
    except BadRecord:
        return None


def fits_the_database(record: MovieRow) -> None:
    columns = asdict(record)
    genre_ids = columns.pop("genre_tmdb_ids")
    del columns["adult"]
    columns["title"] = record.title or record.original_title  # as merging does
    Movie(**columns).clean_fields()
    for number in genre_ids:
        Genre(tmdb_id=number, name="x", slug="x").clean_fields()
    assert "\x00" not in json.dumps(columns, default=str, ensure_ascii=False).encode().decode()
    assert record.title == " ".join(record.title.split())
    assert record.title or record.original_title
    assert record.year is None or (1870 <= record.year <= 2200 and record.release_date)
    assert 0 <= record.popularity < float("inf")
    assert record.vote_average is None or (0 <= record.vote_average <= 10 and record.vote_count > 0)
    assert len(set(genre_ids)) == len(genre_ids)


@given(rows)
def test_any_values_are_mapped_or_refused(row: dict):
    record = mapped_or_refused(map_movie, row)
    if record is not None:
        fits_the_database(record)


@given(values)
def test_any_row_is_mapped_or_refused(value: object):
    record = mapped_or_refused(map_movie, value)
    if record is not None:
        fits_the_database(record)


@given(st.dictionaries(st.sampled_from(["id", "name", "other"]), values) | values)
def test_any_genre_is_mapped_or_refused(row: object):
    record = mapped_or_refused(map_genre, row)
    if record is not None:
        Genre(tmdb_id=record.tmdb_id, name=record.name, slug="x").clean_fields()
