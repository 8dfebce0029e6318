"""Files of TMDB, Simkl and Movary."""

import json

import pytest

from movies.tests.importing.files import contents_of, read, remarks_of

TMDB = "TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Episode Number,Rating,Your Rating,Date Rated\n"
SIMKL = "SIMKL_ID,Title,Type,Year,Watchlist,LastEpWatched,WatchedDate,Rating,Memo,TVDB,TMDB,IMDB\n"
HEAT = {"title": "Heat", "year": 1995, "imdb_id": "tt0113277", "tmdb_id": 949}


def test_ratings_of_tmdb():
    lines = (
        "949,tt0113277,movie,Heat,1995-12-15T00:00:00Z,,,8.4,7,2023-05-02T09:29:50Z\n"
        "12493,,movie,Ran,1985-06-01T00:00:00Z,,,8.1,8.5,2023-05-02T09:29:50Z\n"
        "4607,tt0411008,tv,Lost,2004-09-22T00:00:00Z,1,2,8.1,8,2023-05-02T09:29:50Z\n"
        "578,,movie,Jaws,,,,8.1,11,2023-05-02"
    )
    at = {"at": "2023-05-02T09:29:50+00:00"}
    assert read(TMDB + lines) == (
        "tmdb",
        [
            (2, "rating", HEAT | at | {"rating": 7}),
            (3, "rating", {"title": "Ran", "year": 1985, "tmdb_id": 12493, "rating": 9} | at),
            (4, "rating", "Not a film."),
            (5, "rating", "“11” is not a rating from 0.5 to 10 in halves."),
        ],
    )
    assert remarks_of(TMDB + lines)[0] == (3, "rating", "The rating was rounded from 8.5 to 9.")


@pytest.mark.parametrize(("name", "kind"), [("watchlist.csv", "watchlist"), ("favorites.csv", "favorite")])
def test_lists_of_tmdb(name, kind):
    assert read(TMDB + "949,tt0113277,movie,Heat,1995-12-15T00:00:00Z,,,8.4,,", name)[1] == [(2, kind, HEAT)]


def test_the_csv_of_simkl():
    lines = (
        "1,Heat,movie,1995,completed,,2023-05-02,8,my secret,,949,tt0113277\n"
        "2,Jaws,movie,1975,plantowatch,,,,,,578,tt0073195\n"
        "3,Lost,tv,2004,watching,S01E02,2023-05-02,8,,1,4607,tt0411008\n"
        "4,Ran,movie,1985,completed,,,9,,,,tt0089881\n"
        "5,Cats,movie,2019,dropped,,,2,,,,tt5697572"
    )
    jaws, ran = (
        {"title": "Jaws", "year": 1975, "imdb_id": "tt0073195", "tmdb_id": 578},
        {"title": "Ran", "year": 1985, "imdb_id": "tt0089881"},
    )
    assert read(SIMKL + lines) == (
        "simkl",
        [
            (2, "viewing", HEAT | {"at": "2023-05-02"}),
            (2, "rating", HEAT | {"rating": 8, "at": "2023-05-02"}),
            (3, "watchlist", jaws),
            (4, "viewing", "Not a film."),
            (4, "rating", "Not a film."),
            (5, "viewing", "The file has no day for this viewing, and your history needs one."),
            (5, "rating", ran | {"rating": 9}),
            (6, "rating", {"title": "Cats", "year": 2019, "imdb_id": "tt5697572", "rating": 2}),
        ],
    )


def test_the_json_of_simkl():
    film = {"title": "Heat", "year": 1995, "ids": {"simkl": 1, "imdb": "tt0113277", "tmdb": "949"}}
    data = {
        "movies": [
            {
                "status": "completed",
                "user_rating": 8,
                "user_rated_at": "2023-05-03T00:00:00Z",
                "last_watched_at": "2023-05-02T20:00:00Z",
                "memo": {"text": "my secret"},
                "movie": film,
            },
            {"status": "plantowatch", "added_to_watchlist_at": "2022-01-01T00:00:00Z", "movie": film},
        ],
        "shows": [{"status": "watching", "user_rating": 9, "show": {"title": "Lost", "ids": {}}}],
        "anime": [
            {"status": "plantowatch", "anime_type": "movie", "show": {"title": "Akira", "year": 1988, "ids": {}}},
            {"status": "plantowatch", "anime_type": "tv", "show": {"title": "Monster", "ids": {}}},
        ],
    }
    source, rows, notes = contents_of(json.dumps(data), "SimklBackup.json")
    assert (source, [(row.line, row.kind.value, row.said) for row in rows]) == (
        "simkl",
        [
            (1, "viewing", HEAT | {"at": "2023-05-02T20:00:00+00:00"}),
            (1, "rating", HEAT | {"rating": 8, "at": "2023-05-03T00:00:00+00:00"}),
            (2, "watchlist", HEAT | {"at": "2022-01-01T00:00:00+00:00"}),
            (4, "watchlist", {"title": "Akira", "year": 1988}),
        ],
    )
    assert notes == ["Left out: 2 entries that are not about films."]


def test_movary():
    film = "Heat,1995,949,tt0113277"
    assert read(f"title,year,tmdbId,imdbId,watchedAt,comment\n{film},2023-05-02,my secret") == (
        "movary",
        [(2, "viewing", HEAT | {"at": "2023-05-02"})],
    )
    assert read(f"title,year,tmdbId,imdbId,userRating\n{film},8")[1] == [(2, "rating", HEAT | {"rating": 8})]
    added = read(f"title,year,tmdbId,imdbId,addedAt\n{film},2023-05-02 10:11:12")[1]
    assert added == [(2, "watchlist", HEAT | {"at": "2023-05-02T10:11:12+00:00"})]
