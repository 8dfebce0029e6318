"""Exports for other services: their columns, and that an import reads the same from them."""

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest

from movies.importing import formats
from movies.library import exchange
from movies.tests.factories import MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

AT, LATER = datetime(2024, 5, 3, 19, 30, 15, tzinfo=UTC), datetime(2024, 6, 3, 23, 30, tzinfo=UTC)


@pytest.fixture
def library(ana):
    """A film with ids, one with none, one of the user's own, and rows of another user."""
    heat = MovieFactory(title="Heat", year=1995, imdb_id="tt0113277", tmdb_id=949)
    unknown = MovieFactory(title="-30-", year=1959, imdb_id=None, tmdb_id=None)
    own = MovieFactory(title="Holiday", owner=ana, imdb_id=None, tmdb_id=None)
    RatingFactory(user=ana, movie=heat, rating=9, review='Loud, "long".\nYes.', created_at=AT, updated_at=AT)
    RatingFactory(user=ana, movie=unknown, rating=None, review="Only words.", created_at=LATER, updated_at=LATER)
    RatingFactory(user=ana, movie=own, rating=10)
    for film in (heat, unknown, own):
        WatchlistItemFactory(user=ana, movie=film, added_at=AT)
    ViewingFactory(user=ana, movie=heat, watched_at=LATER)
    ViewingFactory(user=ana, movie=heat, watched_at=AT)
    ViewingFactory(user=ana, movie=own, watched_at=AT)
    RatingFactory(movie=heat), WatchlistItemFactory(movie=heat), ViewingFactory(movie=heat)


def sheet(user, service, kind):
    text = "".join(exchange.stream_sheet(user, service, kind))
    return list(csv.DictReader(StringIO(text, newline="")))


def test_ratings_for_letterboxd(ana, library):
    assert sheet(ana, "letterboxd", "ratings") == [
        {
            "tmdbID": "949",
            "imdbID": "tt0113277",
            "Title": "Heat",
            "Year": "1995",
            "Rating10": "9",
            "Review": 'Loud, "long".\nYes.',
        },
        {"tmdbID": "", "imdbID": "", "Title": "'-30-", "Year": "1959", "Rating10": "", "Review": "Only words."},
    ]


def test_history_for_letterboxd(ana, library, settings):
    settings.TIME_ZONE = "Europe/Vienna"
    days = [(row["Title"], row["WatchedDate"], row["Rewatch"]) for row in sheet(ana, "letterboxd", "history")]
    assert days == [("Heat", "2024-05-03", "false"), ("Heat", "2024-06-04", "true")]


def test_files_for_trakt(ana, library):
    heat = {"imdb_id": "tt0113277", "tmdb_id": "949", "type": "movie"}
    assert sheet(ana, "trakt", "ratings") == [heat | {"rating": "9", "rated_at": "2024-05-03T19:30:15Z"}]
    assert sheet(ana, "trakt", "watchlist") == [heat | {"watchlisted_at": "2024-05-03T19:30:15Z"}]
    times = [row["watched_at"] for row in sheet(ana, "trakt", "history")]
    assert times == ["2024-05-03T19:30:15Z", "2024-06-03T23:30:00Z"]


def test_files_for_imdb(ana, library):
    (rating,), (item,) = sheet(ana, "imdb", "ratings"), sheet(ana, "imdb", "watchlist")
    film = {"Const": "tt0113277", "Title": "Heat", "Title Type": "Movie", "Year": "1995"}
    assert {name: rating[name] for name in ("Your Rating", "Date Rated", *film)} == film | {
        "Your Rating": "9",
        "Date Rated": "2024-05-03",
    }
    assert list(rating)[:3] == ["Const", "Your Rating", "Date Rated"]
    assert {name: item[name] for name in ("Position", "Created", *film)} == film | {
        "Position": "1",
        "Created": "2024-05-03",
    }


def test_imdbs_files_give_odd_titles_back(ana):
    film = MovieFactory(title="+1", original_title="-30-", year=2013, imdb_id="tt2395385")
    RatingFactory(user=ana, movie=film, rating=7, created_at=AT)
    content = "".join(exchange.stream_sheet(ana, "imdb", "ratings")).encode()
    (row,) = formats.read_file(content, "ratings.csv").rows
    assert (row.said["title"], row.said["original_title"], row.said["at"]) == ("+1", "-30-", "2024-05-03")


@pytest.mark.parametrize(("service", "kind"), exchange.SHEETS)
def test_an_import_recognises_every_file(ana, library, service, kind):
    content = "".join(exchange.stream_sheet(ana, service, kind)).encode()
    source, rows, notes = formats.read_file(content, f"{kind}.csv")
    kinds = {"ratings": "rating", "watchlist": "watchlist", "history": "viewing"}
    assert (source, notes) == (service, [])
    assert {row.kind for row in rows} == {kinds[kind]}
    assert not any(row.problem or row.note for row in rows)
    assert rows[0].said["imdb_id"] == "tt0113277"
    if kind == "ratings":
        assert rows[0].said["rating"] == 9


ODD_REVIEW = "=1+1 <i>or</i> &amp; AT&T <3\n\n\n“a” < b"


def test_letterboxds_files_give_odd_texts_back(ana):
    film = MovieFactory(title="+1", year=2013, imdb_id=None, tmdb_id=None)
    RatingFactory(user=ana, movie=film, rating=7, review=ODD_REVIEW)
    content = "".join(exchange.stream_sheet(ana, "letterboxd", "ratings")).encode()
    (row,) = formats.read_file(content, "ratings.csv").rows
    assert row.said == {"title": "+1", "year": 2013, "rating": 7, "review": ODD_REVIEW}


def test_the_queries_do_not_grow_with_the_rows(ana, library, django_assert_num_queries):
    with django_assert_num_queries(1):
        sheet(ana, "letterboxd", "history")
