"""Trakt's JSON files, alone and as the zip of its data export, and the CSV format that it imports."""

import json

import pytest

from movies.tests.importing.files import contents_of, error_of, packed, read

HEAT = {"title": "Heat", "year": 1995, "ids": {"trakt": 761, "slug": "heat-1995", "imdb": "tt0113277", "tmdb": 949}}
SAID = {"title": "Heat", "year": 1995, "imdb_id": "tt0113277", "tmdb_id": 949}
LOST = {"title": "Lost", "year": 2004, "ids": {"trakt": 73, "imdb": "tt0411008", "tmdb": 4607}}
RATINGS = [{"rated_at": "2024-03-07T19:37:27.000Z", "rating": 8, "type": "movie", "movie": HEAT}]
HISTORY = [
    {"id": 1, "watched_at": "2014-04-05T15:27:00.000Z", "action": "watch", "type": "movie", "movie": HEAT},
    {"id": 2, "watched_at": "2019-09-01T20:00:00.000Z", "action": "scrobble", "type": "movie", "movie": HEAT},
    {"id": 3, "watched_at": "2019-09-02T20:00:00.000Z", "action": "watch", "type": "episode", "show": LOST},
]
WATCHED = [{"plays": 2, "last_watched_at": "2019-09-01T20:00:00.000Z", "movie": HEAT}]
LISTED = [{"rank": 1, "id": 5, "listed_at": "2023-01-02T03:04:05.000Z", "type": "movie", "movie": HEAT}]
COMMENTS = [
    {"type": "movie", "movie": HEAT, "comment": {"id": 1, "comment": "Loud.", "created_at": "2024-04-01T00:00:00.000Z"}}
]
COLLECTED = [{"collected_at": "2020-01-01T00:00:00.000Z", "movie": HEAT}]


def test_ratings():
    rows = [(1, "rating", SAID | {"rating": 8, "at": "2024-03-07T19:37:27+00:00"})]
    assert read(json.dumps(RATINGS)) == ("trakt", rows)
    assert read(json.dumps(RATINGS), source="trakt") == ("trakt", rows)


def test_history_counts_what_is_no_film():
    _, rows, notes = contents_of(json.dumps(HISTORY))
    assert [(row.line, row.kind.value, row.said["at"]) for row in rows] == [
        (1, "viewing", "2014-04-05T15:27:00+00:00"),
        (2, "viewing", "2019-09-01T20:00:00+00:00"),
    ]
    assert notes == ["Left out: 1 entry that is not about a film."]


def test_watchlist_favourites_watched_and_comments():
    at = {"at": "2023-01-02T03:04:05+00:00"}
    assert read(json.dumps(LISTED), "lists-watchlist.json")[1] == [(1, "watchlist", SAID | at)]
    assert read(json.dumps(LISTED), "trakt.json")[1] == [(1, "watchlist", SAID | at)]
    assert read(json.dumps(LISTED), "lists-favorites.json")[1] == [(1, "favorite", SAID | at)]
    seen = SAID | {"at": "2019-09-01T20:00:00+00:00", "sometime": True}
    assert read(json.dumps(WATCHED))[1] == [(1, "viewing", seen)]
    review = SAID | {"review": "Loud.", "at": "2024-04-01T00:00:00+00:00"}
    assert read(json.dumps(COMMENTS))[1] == [(1, "rating", review)]


def test_values_that_are_not_what_they_should_be():
    entries = [
        {"rated_at": 5, "rating": 8, "movie": {"title": "Heat", "year": "x", "ids": []}},
        {"rated_at": "2024-03-07", "rating": True, "movie": {"title": "Ran"}},
        {"rated_at": "2024-03-07", "rating": 8, "movie": {"title": {}}},
        {"rated_at": "2024-03-07", "rating": 8, "movie": None},
        7,
    ]
    assert read(json.dumps(entries))[1] == [
        (1, "rating", {"title": "Heat", "rating": 8}),
        (2, "rating", "“” is not a rating from 1 to 10, whole."),
        (3, "rating", "There is no title."),
    ]


def test_only_shows_are_said_to_be_nothing():
    text = json.dumps([{"rated_at": "2024-03-07", "rating": 8, "type": "show", "show": LOST}])
    assert error_of(text) == "The file has no rows. Left out: 1 entry that is not about a film."


def test_the_zip_of_the_data_export():
    files = {
        "user-profile.json": {"username": "ana"},
        "watched-history-1.json": HISTORY,
        "watched-movies.json": WATCHED,
        "ratings-movies.json": RATINGS,
        "ratings-shows.json": [{"rated_at": "2024-03-07", "rating": 8, "type": "show", "show": LOST}],
        "comments-movies.json": COMMENTS,
        "lists-watchlist.json": LISTED,
        "lists-favorites.json": LISTED,
        "lists-best-of-1995.json": LISTED,
        "lists-list-9-my-favorites.json": LISTED,
        "lists-list-12-watchlist-of-ana.json": LISTED,
        "collection-movies.json": COLLECTED,
        "empty.json": [],
    }
    content = packed({f"ana/{name}": json.dumps(data) for name, data in files.items()})
    source, rows, notes = contents_of(content, "trakt.zip")
    assert source == "trakt"
    rating = next(row for row in rows if row.file == "ratings-movies.json")
    assert rating.said == SAID | {"rating": 8, "review": "Loud.", "at": "2024-03-07T19:37:27+00:00"}
    assert [(row.file, row.line, row.kind.value) for row in rows if row.superseded_by is None] == [
        ("watched-history-1.json", 1, "viewing"),
        ("watched-history-1.json", 2, "viewing"),
        ("ratings-movies.json", 1, "rating"),
        ("lists-watchlist.json", 1, "watchlist"),
        ("lists-favorites.json", 1, "favorite"),
    ]
    assert notes == [
        "Left out: 2 other files of the zip.",
        "Left out: 2 entries that are not about films.",
        "Left out: 3 films of lists, because Marquee has no lists.",
        "Left out: 1 film of a collection, because Marquee keeps no collections.",
    ]


def test_the_csv_that_trakt_imports():
    lines = [
        "imdb_id,tmdb_id,type,title,year,watched_at,watchlisted_at,rating,rated_at",
        "tt0113277,949,movie,Heat,1995,2014-04-05T15:27:00Z,,8,2024-03-07T19:37:27Z",
        "tt0113277,949,movie,Heat,1995,,2023-01-02T03:04:05Z,,",
    ]
    assert read("\n".join(lines))[1] == [
        (2, "rating", SAID | {"rating": 8, "at": "2024-03-07T19:37:27+00:00"}),
        (2, "viewing", SAID | {"at": "2014-04-05T15:27:00+00:00"}),
        (3, "watchlist", SAID | {"at": "2023-01-02T03:04:05+00:00"}),
    ]


def test_a_rating_without_its_day_beside_a_viewing():
    text = "imdb_id,title,watched_at,rating\ntt0113277,Heat,2014-04-05,8\ntt0113277,Heat,,\n"
    heat = {"title": "Heat", "imdb_id": "tt0113277"}
    assert read(text)[1] == [
        (2, "rating", heat | {"rating": 8}),
        (2, "viewing", heat | {"at": "2014-04-05"}),
        (3, "viewing", "The file has no day for this viewing, and your history needs one."),
    ]


def test_a_film_is_on_the_watchlist_once():
    text = "imdb_id,title,listed_at,watchlisted_at\ntt0113277,Heat,2014-04-05,2015-04-05"
    assert read(text)[1] == [(2, "watchlist", {"title": "Heat", "imdb_id": "tt0113277", "at": "2015-04-05"})]


@pytest.mark.parametrize(
    "text", [json.dumps(COLLECTED), "trakt_id,imdb_id,title,collected_at\n761,tt0113277,Heat,2020-01-01"]
)
def test_a_collection_is_said_not_to_be_imported(text):
    said = "The file has no rows. Left out: 1 film of a collection, because Marquee keeps no collections."
    assert error_of(text, source="trakt") == said
