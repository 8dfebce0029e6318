"""The rows that the files of each source give; the files look like real ones."""

import json

import pytest

from movies.importing import formats
from movies.importing.formats import imdb
from movies.tests.importing.files import HEAT, LETTERBOXD, document, error_of, read, remarks_of

IMDB = "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres"
IMDB_LIST = (
    "Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,Year,Your Rating,Date Rated"
)
TRAKT = "type,title,year,trakt_rating,trakt_id,imdb_id,tmdb_id,tvdb_id,url,released,season_number,genres"


def test_letterboxd_ratings():
    lines = [
        f"{LETTERBOXD},Rating",
        f"{HEAT},4.5",
        "2024-01-06,Amélie,2001,https://boxd.it/x,0.5",
        "2024-01-07,Alien,1979,https://boxd.it/y,5.5",
        "2024-01-07,Aliens,1986,https://boxd.it/z,3.3",
        "",
        "yesterday,Ran,1985,https://boxd.it/w,4",
        "2024-01-07,,1985,https://boxd.it/v,4",
    ]
    assert read("\n".join(lines)) == (
        "letterboxd",
        [
            (2, "rating", {"title": "Heat", "year": 1995, "rating": 9, "at": "2024-01-05"}),
            (3, "rating", {"title": "Amélie", "year": 2001, "rating": 1, "at": "2024-01-06"}),
            (4, "rating", "“5.5” is not a rating from 0.5 to 5 in halves."),
            (5, "rating", "“3.3” is not a rating from 0.5 to 5 in halves."),
            (7, "rating", {"title": "Ran", "year": 1985, "rating": 8}),
            (8, "rating", "There is no title."),
        ],
    )


def test_letterboxd_diary():
    lines = [
        f"{LETTERBOXD},Rating,Rewatch,Tags,Watched Date",
        f"{HEAT},4.5,,,2024-01-04",
        "2024-02-01,Heat,1995,https://boxd.it/2b,5,Yes,great,2024-01-31",
        "2024-02-02,Ran,1985,https://boxd.it/2c,,,,2024-02-01",
    ]
    heat, ran = {"title": "Heat", "year": 1995}, {"title": "Ran", "year": 1985}
    assert read("\n".join(lines))[1] == [
        (2, "viewing", heat | {"at": "2024-01-04"}),
        (2, "rating", heat | {"rating": 9, "at": "2024-01-04"}),
        (3, "viewing", heat | {"at": "2024-01-31"}),
        (3, "rating", heat | {"rating": 10, "at": "2024-01-31"}),
        (4, "viewing", ran | {"at": "2024-02-01"}),
    ]
    _, rows, _ = formats.read_file("\n".join(lines).encode())
    assert [(row.line, row.superseded_by) for row in rows if row.superseded_by] == [(2, 3)]


def test_letterboxd_reviews():
    lines = [
        f"{LETTERBOXD},Rating,Rewatch,Review,Tags,Watched Date",
        f'{HEAT},4,,"Long, ""good""\nand loud.",,2024-01-04',
        "2024-02-02,Ran,1985,https://boxd.it/2c,,,Only words,,",
        f"{HEAT},4,,{'x' * 10_001},,2024-01-04",
    ]
    heat = {"title": "Heat", "year": 1995}
    assert read("\n".join(lines))[1] == [
        (2, "viewing", heat | {"at": "2024-01-04"}),
        (2, "rating", heat | {"rating": 8, "review": 'Long, "good"\nand loud.', "at": "2024-01-04"}),
        (4, "rating", {"title": "Ran", "year": 1985, "review": "Only words", "at": "2024-02-02"}),
        (5, "viewing", heat | {"at": "2024-01-04"}),
        (5, "rating", heat | {"rating": 8, "review": 'Long, "good"\nand loud.', "at": "2024-01-04"}),
    ]
    too_long = "The review was left out: A review has at most 10,000 characters; this has 10,001."
    assert remarks_of("\n".join(lines)) == [(5, "rating", too_long)]


def test_the_name_of_a_letterboxd_file_tells_watched_from_watchlist():
    text = f"{LETTERBOXD}\n{HEAT}\n"
    heat = {"title": "Heat", "year": 1995, "at": "2024-01-05"}
    assert read(text, "watched.csv")[1] == [(2, "viewing", heat | {"sometime": True})]
    assert read(text, "My Watchlist (1).csv")[1] == [(2, "watchlist", heat)]
    assert read(text, "films.csv")[1] == [(2, "favorite", heat)]
    assert error_of(text, "export.csv").startswith("Letterboxd's watched.csv and watchlist.csv look alike")


def test_imdb_ratings():
    lines = [
        IMDB,
        'tt0113277,9,2024-01-15,Heat,Heat,https://www.imdb.com/title/tt0113277/,Movie,8.3,170,1995,"Action, Crime"',
        "tt0903747,10,2024-01-16,Breaking Bad,Breaking Bad,u,TV Series,9.5,49,2008,Crime",
        "tt0959621,10,2024-01-16,Pilot,Pilot,u,tvEpisode,9,58,2008,Crime",
        "tt0211915,11,2024-01-17,Amélie,Le Fabuleux Destin d'Amélie Poulain,u,Movie,8.3,122,2001,Comedy",
        "nm0000134,7,2024-01-17,Robert De Niro,,u,,,,,",
        "tt0211915,8,,Amélie,Le Fabuleux Destin d'Amélie Poulain,u,TV Movie,8.3,122,2001,Comedy",
    ]
    amelie = {"title": "Amélie", "original_title": "Le Fabuleux Destin d'Amélie Poulain", "year": 2001}
    assert read("\r\n".join(lines)) == (
        "imdb",
        [
            (
                2,
                "rating",
                {
                    "title": "Heat",
                    "original_title": "Heat",
                    "year": 1995,
                    "imdb_id": "tt0113277",
                    "rating": 9,
                    "at": "2024-01-15",
                },
            ),
            (3, "rating", "Not a film."),
            (4, "rating", "Not a film."),
            (5, "rating", "“11” is not a rating from 1 to 10, whole."),
            (6, "rating", "“nm0000134” is not an IMDb id."),
            (7, "rating", amelie | {"imdb_id": "tt0211915", "rating": 8}),
        ],
    )


@pytest.mark.parametrize(
    "kind",
    ["TV Series", "TV Mini Series", "tvEpisode", "Video Game", "Podcast Series", "Serie TV", "Série télévisée"],
)
def test_titles_of_imdb_that_are_no_films(kind):
    assert imdb.NOT_A_FILM.search(kind)


@pytest.mark.parametrize("kind", ["Épisode TV", "Episódio de TV", "Videospiel", "Videogioco", "Videojuego", "Jogo"])
def test_titles_of_imdb_in_other_languages_that_are_no_films(kind):
    assert imdb.NOT_A_FILM.search(kind)


@pytest.mark.parametrize(
    "kind", ["Movie", "movie", "TV Movie", "Short", "Video", "TV Special", "Film", "Music Video", ""]
)
def test_titles_of_imdb_that_are_films(kind):
    assert not imdb.NOT_A_FILM.search(kind)


def test_imdb_watchlist_with_ratings():
    lines = [
        IMDB_LIST,
        "1,tt0113277,2024-01-05,2024-01-06,,Heat,Heat,u,Movie,1995,,",
        "2,tt0211915,2024-02-05,2024-02-05,,Amélie,,u,Movie,2001,8,2024-03-01",
    ]
    heat = {"title": "Heat", "original_title": "Heat", "year": 1995, "imdb_id": "tt0113277"}
    amelie = {"title": "Amélie", "year": 2001, "imdb_id": "tt0211915"}
    assert read("\n".join(lines))[1] == [
        (2, "watchlist", heat | {"at": "2024-01-05"}),
        (3, "watchlist", amelie | {"at": "2024-02-05"}),
        (3, "rating", amelie | {"rating": 8, "at": "2024-03-01"}),
    ]


HEAT_AT_TRAKT = {"title": "Heat", "year": 1995, "imdb_id": "tt0113277", "tmdb_id": 949}


def test_trakt_ratings():
    lines = [
        f"rated_at,{TRAKT},rating",
        "2021-03-22T06:33:24.000Z,movie,Heat,1995,8.3,761,tt0113277,949,,u,1995-12-15,,action,9",
        "2021-03-22T06:33:24Z,episode,Lost,2004,8,1,tt0411008,4607,1,u,2004-09-22,1,drama,9",
        "2021-03-22T06:33:24Z,movie,Heat,1995,8.3,761,tt0113277,x,,u,1995-12-15,,action,9",
        "2021-03-22T06:33:24Z,movie,Heat,1995,8.3,761,tt0113277,949,,u,1995-12-15,,action,7.5",
    ]
    heat = {name: value for name, value in HEAT_AT_TRAKT.items() if name != "tmdb_id"}
    assert read("\n".join(lines)) == (
        "trakt",
        [
            (2, "rating", HEAT_AT_TRAKT | {"rating": 9, "at": "2021-03-22T06:33:24+00:00"}),
            (3, "rating", "Not a film."),
            (4, "rating", heat | {"rating": 9, "at": "2021-03-22T06:33:24+00:00"}),
            (5, "rating", "“7.5” is not a rating from 1 to 10, whole."),
        ],
    )


def test_trakt_history_and_watchlist():
    heat = "movie,Heat,1995,8.3,761,tt0113277,949,,u,1995-12-15,,action"
    history = f"watched_at,action,{TRAKT}\n2021-03-22T06:33:24+02:00,watch,{heat}\n,watch,{heat}"
    assert read(history)[1] == [
        (2, "viewing", HEAT_AT_TRAKT | {"at": "2021-03-22T04:33:24+00:00"}),
        (3, "viewing", "The file has no day for this viewing, and your history needs one."),
    ]
    watchlist = f"rank,listed_at,{TRAKT}\n1,2021-03-22T06:33:24Z,{heat}"
    assert read(watchlist)[1] == [(2, "watchlist", HEAT_AT_TRAKT | {"at": "2021-03-22T06:33:24+00:00"})]


def test_marquee_csv_cells_are_unescaped():
    text = "title,year,marquee_id,rating,review\r\n'+Plus,1999,12,7,'=1\r\n''=x,,13,8,\r\n"
    assert read(text) == (
        "marquee",
        [
            (2, "rating", {"title": "+Plus", "year": 1999, "marquee_id": 12, "rating": 7, "review": "=1"}),
            (3, "rating", {"title": "'=x", "marquee_id": 13, "rating": 8, "review": ""}),
        ],
    )


def test_marquee_viewings_are_never_tickets():
    text = "title,year,marquee_id,watched_at,source\nHeat,1995,1,2024-05-03T19:30:00Z,ticket"
    assert read(text)[1] == [
        (2, "viewing", {"title": "Heat", "year": 1995, "marquee_id": 1, "at": "2024-05-03T19:30:00+00:00"})
    ]


def test_marquee_watchlist_and_films():
    assert read("title,marquee_id,is_favorite\nHeat,1,true\nRan,2,maybe")[1] == [
        (2, "watchlist", {"title": "Heat", "marquee_id": 1, "is_favorite": True}),
        (3, "watchlist", {"title": "Ran", "marquee_id": 2}),
    ]
    text = (
        "title,year,marquee_id,runtime,genres,cast,release_date\nA,1987,5,12,Drama; War,,1987-08-01\nB,,,x,,,\n,,,1,,,"
    )
    assert read(text)[1] == [
        (
            2,
            "film",
            {
                "title": "A",
                "year": 1987,
                "marquee_id": 5,
                "facts": {
                    "genres": ["Drama", "War"],
                    "cast": [],
                    "year": 1987,
                    "runtime": 12,
                    "release_date": "1987-08-01",
                },
            },
        ),
        (
            3,
            "film",
            {"title": "B", "facts": {"genres": [], "cast": [], "year": "", "runtime": "", "release_date": ""}},
        ),
        (4, "film", "There is no title."),
    ]
    assert remarks_of(text)[0] == (3, "film", "The runtime was left out: “x” is not a number for “runtime”.")


def test_marquee_json():
    data = {
        "marquee": 1,
        "films": [{"title": "A", "cast": ["B"]}],
        "ratings": [{"title": "A", "rating": 7}, {"title": "B", "rating": {}}, {"title": "C", "rating": True}],
        "watchlist": [{"title": "A", "is_favorite": False}],
        "history": [{"title": "A"}],
    }
    assert read(json.dumps(data)) == (
        "marquee",
        [
            (1, "film", {"title": "A", "facts": {"cast": ["B"]}}),
            (2, "rating", {"title": "A", "rating": 7}),
            (3, "rating", "“rating” has the wrong type."),
            (4, "rating", "“true” is not a rating from 1 to 10, whole."),
            (5, "watchlist", {"title": "A", "is_favorite": False}),
            (6, "viewing", "The file has no day for this viewing, and your history needs one."),
        ],
    )


def test_titles_lose_invisible_signs():
    _, rows = read(f"{LETTERBOXD}\n2024-01-05,\u202eHe\u200bat,1995,https://boxd.it/2a", "watchlist.csv")
    assert [said["title"] for _, _, said in rows] == ["Heat"]
    _, rows = read(document(films=[{"title": "\ufeffMi\u2060ne", "year": 2001}]))
    assert rows[0][2]["title"] == "Mine"
