from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_sync.mapping import BadRecord, map_omdb_ratings, parse_omdb_title
from catalog_sync.tests.fakes.omdb import title_json


def mapped(**changes):
    return parse_omdb_title(title_json(7, **changes))


def test_a_whole_row():
    assert asdict(mapped()) == {
        "imdb_id": "tt0000007",
        "title": "The Lantern Keeper 7",
        "kind": "movie",
        "year": 2019,
        "released": date(2019, 5, 17),
        "runtime": 101,
        "genres": ("Drama", "Comedy"),
        "directors": ("Dee Rector",),
        "cast": ("First Player", "Second Player"),
        "plot": "A keeper tends a lantern.",
        "certification": "PG-13",
        "imdb_rating": Decimal("7.9"),
        "imdb_votes": 1_234_567,
        "metascore": 71,
        "poster": "",
    }


EVERYTHING = ["Year", "Rated", "Released", "Runtime", "Genre", "Director", "Actors", "Plot", "Poster", "Metascore"]
EVERYTHING += ["imdbRating", "imdbVotes", "Type"]


@pytest.mark.parametrize("nothing", ["N/A", "n/a", " N/A ", "", None, [], 7])
def test_a_row_without_known_values(nothing):
    row = mapped(**dict.fromkeys(EVERYTHING, nothing))
    bare = parse_omdb_title({"imdbID": "tt0000007", "Title": "The Lantern Keeper 7"})
    assert row == bare
    assert set(asdict(bare).values()) == {"tt0000007", "The Lantern Keeper 7", "movie", None, (), ""}


@pytest.mark.parametrize(
    ("value", "year"),
    [("1997", 1997), ("2004\u20132010", 2004), ("2011\u2013", 2011), ("2011-", 2011), ("1850", None), ("soon", None)],
)
def test_years(value, year):
    assert mapped(Year=value).year == year


@pytest.mark.parametrize(
    ("value", "minutes"),
    [("148 min", 148), ("1 h 30 min", 90), ("2 h", 120), ("0 min", None), ("min", None), ("99999 min", None)],
)
def test_runtimes(value, minutes):
    assert mapped(Runtime=value).runtime == minutes


@pytest.mark.parametrize(
    ("value", "votes"),
    [("1,434,451", 1_434_451), ("10914", 10_914), ("1,43", None), ("-5", None), ("9,999,999,999", None), ("٣", None)],
)
def test_votes(value, votes):
    assert mapped(imdbVotes=value).imdb_votes == votes


@pytest.mark.parametrize(
    ("value", "rating"), [("8.8", Decimal("8.8")), ("10", Decimal(10)), ("10.1", None), ("NaN", None), ("8,8", None)]
)
def test_ratings(value, rating):
    assert mapped(imdbRating=value).imdb_rating == rating


@pytest.mark.parametrize(("value", "score"), [("74", 74), ("0", 0), ("101", None), ("7.4", None)])
def test_metascores(value, score):
    assert mapped(Metascore=value).metascore == score


@pytest.mark.parametrize(
    ("value", "kind"),
    [("movie", "movie"), ("game", "game"), ("series", "series"), ("Episode", "episode"), ("N/A", "movie")],
)
def test_kinds(value, kind):
    assert mapped(Type=value).kind == kind


@pytest.mark.parametrize(
    ("value", "certification"),
    [
        ("R", "R"),
        ("Not Rated", ""),
        ("UNRATED", ""),
        ("TV-MA", ""),
        ("Approved", "Approved"),
        ("x" * 33, ""),
        ("TV-Y7-FV", ""),
    ],
)
def test_certifications(value, certification):
    assert mapped(Rated=value).certification == certification


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("Salt &amp; Pepper&#39;s Day", "Salt & Pepper's Day"),
        ("Caf&eacute; &quot;Noir&quot; &#x2013; 2", 'Café "Noir" – 2'),
        ("&amp;lt;i&amp;gt;", "&lt;i&gt;"),  # once
        ("&lt;b&gt;Bold&lt;/b&gt;", "<b>Bold</b>"),
        ("Rock&Roll & Tom&Jerry &copycat &nosuch; &#xD800;", "Rock&Roll & Tom&Jerry &copycat &nosuch; \ufffd"),
        ("&#x202E;Turned&#8203;&nbsp;Round", "Turned Round"),
    ],
)
def test_entities_are_decoded_once(sent, text):
    row = mapped(Title=sent, Plot=sent, Director=sent, Actors=sent, Genre=sent)
    assert (row.title, row.plot, row.directors, row.cast, row.genres) == (text, text, (text,), (text,), (text,))


def test_an_encoded_comma_separates_names_and_an_encoded_nothing_is_nothing():
    assert mapped(Director="Jane Doe&#44; John Roe", Plot="N&#47;A").directors == ("Jane Doe", "John Roe")
    assert mapped(Plot="N&#47;A").plot == ""


def test_remarks_after_names_are_dropped():
    writers = "Jane Doe (screenplay), John Roe (story), Jane Doe"
    assert mapped(Director=writers).directors == ("Jane Doe", "John Roe")


def test_year_and_release_may_differ():
    row = mapped(Year="2018", Released="17 May 2019")
    assert (row.year, row.released) == (2018, date(2019, 5, 17))
    assert mapped(Released="31 Feb 2019").released is None


@pytest.mark.parametrize(("region", "certification", "years"), [("US", "PG-13", 13), ("DE", "", None)])
def test_mapped_ratings(region, certification, years):
    ratings = map_omdb_ratings(mapped(), region)
    assert (ratings.certification, ratings.age_restriction, ratings.metascore) == (certification, years, 71)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (None, "not an object"),
        ({}, "imdbID is none"),
        ({"imdbID": "nm0000007", "Title": "x"}, "imdbID is none"),
        (title_json(7, Title="N/A"), "tt0000007: Title is empty"),
    ],
)
def test_bad_records(row, reason):
    with pytest.raises(BadRecord) as caught:
        parse_omdb_title(row)
    assert str(caught.value) == reason


TEXTS = st.text("t179 ,.-:/é七٣\x00\ud800\n", max_size=40)


@given(st.dictionaries(st.sampled_from(EVERYTHING), st.none() | st.integers() | TEXTS))
def test_no_value_refuses_a_row(changes):
    row = mapped(**changes)
    assert row.imdb_votes is None or 0 <= row.imdb_votes < 2**31
    assert row.imdb_rating is None or 0 <= row.imdb_rating <= 10
    assert row.metascore is None or 0 <= row.metascore <= 100
