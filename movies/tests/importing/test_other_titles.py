"""Rows whose film has its title in another writing, or as an alternative title."""

import pytest

from accounts.tests.factories import UserFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

RATINGS = "marquee_id,imdb_id,tmdb_id,title,original_title,year,rating,review,created_at\n"


@pytest.fixture
def found(send):
    """A function that returns, for each line, its film or its outcome."""

    def run(*lines):
        job = send(RATINGS + "\n".join(f",,,{line}" for line in lines))
        return [row.movie or row.outcome for row in job.rows.select_related("movie")]

    return run


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Rocky II", "Rocky 2"),
        ("Twelve Monkeys", "12 Monkeys"),
        ("Se7en", "Seven"),
        ("Seven", "Se7en"),
        ("Turner & Hooch", "Turner und Hooch"),
        ("Turner & Hooch", "turner&hooch"),
        ("Turner & Hooch", "Turner＆Hooch"),
        ("Romeo + Juliet", "Romeo and Juliet"),
        ("Romeo and Juliet", "Romeo + Juliet"),
        ("Henry V", "Henry the Fifth"),
        ("8½", "Eight and a Half"),
        ("The Matrix", '"Matrix, The"'),
        ("10", "Ten"),
        ("花樣年華", "花样年华"),
    ],
)
def test_a_title_in_another_writing_matches_with_its_year(found, title, asked):
    film = MovieFactory(title=title, year=1995)
    assert found(f"{asked},,1995,7", f"{asked},,1990,7") == [film, "unmatched"]


def test_original_and_alternative_titles_match_with_their_year(found):
    film = MovieFactory(title="The Godfather", original_title="Il padrino", alternative_titles=["Der Pate"], year=1972)
    lines = ["Der Pate,,1972,7", "Il Padrino,,1972,7", "Something,Der Pate,1972,7"]
    assert found(*lines) == [film, film, film]
    # Titles of any film in any country: without a year too many would match.
    assert found("Der Pate,,,7", "Il Padrino,,,7", "Pate,,1972,7") == ["unmatched", film, "unmatched"]


def test_a_title_as_it_is_comes_before_other_writings(found):
    MovieFactory(title="Rocky II", year=1979)
    film = MovieFactory(title="Rocky 2", year=1979)
    assert found("Rocky 2,,1979,7") == [film]


def test_a_number_is_no_other_film_without_a_year(found):
    MovieFactory(title="10", year=1979)
    film = MovieFactory(title="Rocky II", year=1979)
    assert found("Ten,,,7", "Rocky 2,,,7") == ["unmatched", film]


def test_two_films_of_one_alternative_title_are_ambiguous(found):
    for title in ("One", "Other"):
        MovieFactory(title=title, alternative_titles=["Same"], year=1979)
    assert found("Same,,1979,7") == ["ambiguous"]


def test_private_films_of_others_do_not_match(found):
    MovieFactory(title="Rocky II", year=1979, owner=UserFactory(), tmdb_id=None)
    assert found("Rocky 2,,1979,7") == ["unmatched"]
