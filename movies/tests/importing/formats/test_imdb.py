"""IMDb's exports of three eras."""

import pytest

from movies.tests.importing.files import read

OLD = (
    '"position","const","created","modified","description","Title","Title type","Directors","You rated","IMDb Rating",'
    '"Runtime (mins)","Year","Genres","Num. Votes","Release Date (month/day/year)","URL"\n'
)
HEAT = {"title": "Heat", "year": 1995, "imdb_id": "tt0113277"}
RAN = {"title": "Ran", "year": 1985, "imdb_id": "tt0089881"}


def old(*lines, heading=OLD):
    """Return a file of 2016, of lines of (id, day, title, rating, year)."""
    cells = '"1","{}","{}","","","{}","Feature Film","A Name","{}","8.3","170","{}","action","1","1995-12-15","u"'
    return heading + "\n".join(cells.format(*line) for line in lines)


@pytest.mark.parametrize("heading", [OLD, OLD.replace("You rated", "ana rated")])
def test_ratings_of_2016_keep_their_days(heading):
    text = old(
        ("tt0113277", "Sat Dec 31 00:00:00 2016", "Heat", "9", "1995"),
        ("tt0089881", "Sun Mar  1 00:00:00 2015", "Ran", "10", "1985"),
        heading=heading,
    )
    assert read(text, "ratings.csv") == (
        "imdb",
        [
            (2, "rating", HEAT | {"rating": 9, "at": "2016-12-31"}),
            (3, "rating", RAN | {"rating": 10, "at": "2015-03-01"}),
        ],
    )


def test_a_watchlist_of_2016_with_some_ratings():
    text = old(
        ("tt0113277", "Sat Dec 31 00:00:00 2016", "Heat", "9", "1995"),
        ("tt0089881", "Sun Mar  1 00:00:00 2015", "Ran", "", "1985"),
    )
    assert read(text)[1] == [
        (2, "watchlist", HEAT | {"at": "2016-12-31"}),
        (2, "rating", HEAT | {"rating": 9}),
        (3, "watchlist", RAN | {"at": "2015-03-01"}),
    ]
    rated = old(("tt0113277", "Sat Dec 31 00:00:00 2016", "Heat", "9", "1995"))
    assert [row[1] for row in read(rated, "WATCHLIST.csv")[1]] == ["watchlist", "rating"]


def test_ratings_of_2017_keep_their_days():
    text = (
        "Const,Your Rating,Date Added,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes\n"
        "tt0113277,9,2017-08-01,Heat,u,movie,8.3,170,1995,Action,1"
    )
    assert read(text)[1] == [(2, "rating", HEAT | {"rating": 9, "at": "2017-08-01"})]


def test_a_list_of_2018():
    text = (
        '"Position","Const","Created","Modified","Description","Title","URL","Title Type","Year"\n'
        '"1","tt0113277","Mon Jan  1 00:00:00 2018","","","Heat","u","Movie","1995"'
    )
    assert read(text, "my list.csv")[1] == [(2, "watchlist", HEAT | {"at": "2018-01-01"})]
