"""OMDb answers a title with what it finds most alike: which of its answers are the film that was asked for."""

import pytest

from catalog_sync import lookup
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.lookup.test_find_film import message_of
from movies.models import Movie

pytestmark = pytest.mark.django_db


def other(fake, *query, **row):
    fake.titles = {"tt0000007": title_json(7, **row)}
    fake.answers_anything = True
    with pytest.raises(lookup.OtherFilm) as raised:
        lookup.find(*query)
    assert not Movie.objects.exists()
    return raised.value


def test_another_film_is_named_and_not_stored(fake):
    for _ in range(2):
        error = other(fake, "Tango & Cash", 1989, Title="Tango", Year="1989", Released="N/A")
        assert (
            str(error) == "Neither we nor OMDb know a film called “Tango & Cash” of 1989. Did you mean “Tango” (1989)?"
        )
        assert error.details == {"title": "Tango", "year": 1989, "imdb_id": "tt0000007"}
    assert len(fake.requests) == 1
    # By its id the visitor gets it.
    assert lookup.find(imdb_id="tt0000007").title == "Tango"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Tango & Cash", "Tango"), ("Tango", "Tango & Cash"), ("Rocky", "Rocky II"), ("Rocky II", "Rocky"),
        ("Alien", "Aliens"), ("Up", "Upgrade"), ("Heat", "The Heathers"), ("Plan A", "Plan"),
        ("Tango", "Tango et Cash"), ("Tango", "Tango + Cash"), ("Lantern", "Lantern 2"),
        ("Alien", "Alien vs. Predator"), ("Dune Part Two", "Dune"), ("Face", "Face/Off"), ("!!!", "???"),
        ("七人の侍", "七人"), ("Up", "Up in the Air"), ("Love", "Love, Simon"), ("Now", "Now or Never"),
        ("The Good", "The Good, the Bad and the Ugly"), ("The Call", "The Call of the Wild"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("year", [None, 1998])
def test_names_of_other_films(fake, asked, answered, year):
    other(fake, asked, year, Title=answered, Year="1998", Released="N/A")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Alien", "Alien: Covenant"), ("Covenant", "Alien: Covenant"), ("Part Two", "Dune: Part Two"),
        ("Mission: Impossible", "Mission: Impossible - Fallout"), ("Apollo 13", "Apollo 13: The Untold Story"),
        ("Pirates of the Caribbean", "Pirates of the Caribbean: At World's End"),
        ("Dune", "Dune: Part Two"), ("Kill Bill", "Kill Bill: Vol. 2"), ("It", "It - Chapter Two"),
        ("Terminator", "Terminator (II)"),
    ],
)  # fmt: skip
def test_without_a_year_names_that_go_on_as_those_of_other_films(fake, asked, answered):
    other(fake, asked, Title=answered)
    assert lookup.find(asked, 2019).title == answered


@pytest.mark.parametrize("row", [{"Year": "1998"}, {"Year": "1990"}, {"Year": "N/A"}])
def test_another_year_is_another_film(fake, row):
    error = other(fake, "Tango", 1989, **({"Title": "Tango", "Released": "N/A"} | row))
    assert "Did you mean “Tango”" in str(error)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("rocky 2", "Rocky II"), ("seven", "Se7en"),
        ("tango & cash", "Tango and Cash"), ("lantern keeper", "The Lantern Keeper"), ("AMELIE", "Amélie"),
        ("Birdman", "Birdman or (The Unexpected Virtue of Ignorance)"), ("wall-e", "WALL·E"),
        ("Dr. Strangelove", "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb"),
        ("star wars", "Star Wars: Episode IV - A New Hope"), ("a new hope", "Star Wars: Episode IV - A New Hope"),
        ("The Return of the King", "The Lord of the Rings: The Return of the King"), ("Matrix, The", "The Matrix"),
        ("The Lantern, the Keeper and I", "Lantern, the Keeper and I"), ("!!!", "!!!"), ("七人の侍", "七人の侍"),
        ("Kill Bill", "Kill Bill: Vol. 1"), ("Dune", "Dune: Part One"), ("Terminator 2", "Terminator 2: Judgment Day"),
        ("Star Wars Episode 4", "Star Wars: Episode IV - A New Hope"), ("romeo and juliet", "Romeo + Juliet"),
        ("Romeo + Juliet", "Romeo & Juliet"), ("turner＆hooch", "Turner & Hooch"), ("henry the fifth", "Henry V"),
        ("The Naked Gun 2 1/2", "The Naked Gun 2½: The Smell of Fear"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("year", [None, 2019])
def test_a_longer_name_of_the_same_film_is_taken(fake, asked, answered, year):
    fake.titles = {"tt0000007": title_json(7, Title=answered)}
    fake.answers_anything = True
    assert lookup.find(asked, year).title == answered


def test_with_its_year_a_name_may_go_on_without_a_sign(fake):
    name = "Eternal Lantern of the Spotless Keeper"
    other(fake, "Eternal Lantern", Title=name)
    assert lookup.find("Eternal Lantern", 2019).title == name


def test_the_year_of_the_release_is_a_year_of_the_film(fake):
    fake.titles = {"tt0000007": title_json(7, Title="Tango", Year="2018", Released="17 May 2019")}
    assert lookup.find("Tango", 2019).year == 2018


def test_a_film_about_a_series_is_not_taken_for_it(fake):
    fake.titles = {
        "tt0000008": title_json(8, Title="The Long Series", Type="series"),
        "tt0000007": title_json(7, Title="Home and the Long Series"),
    }
    assert "“The Long Series” is a series" in message_of(lookup.NotAFilm, "The Long Series")
    assert not Movie.objects.exists()
