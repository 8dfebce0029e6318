"""Which films a search ranks where too many match."""

import pytest

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.queries.films import listed_films
from movies.search import candidates, vocabulary
from movies.search.matching import search
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def enough_are_two(monkeypatch):
    monkeypatch.setattr(candidates, "ENOUGH", 2)


def found(text, films=None, reader=None):
    return [movie.title for movie in search(Movie.objects.all() if films is None else films, text, reader).films]


def create_films(titles):
    for title, popularity in titles.items():
        MovieFactory(title=title, popularity=popularity, year=None)
    vocabulary.learn_words()


def test_less_popular_films_are_looked_for_until_enough_are_found():
    create_films({"Red Sun": 40, "Red Moon": 9, "Red Star": 8, "Red Sea": 3, "Red Sand": 0})
    assert found("red") == ["Red Sun", "Red Moon", "Red Star"]
    assert found("red s") == ["Red Sun", "Red Star"]
    create_films({"Red Rock": 32, "Red Road": 100})
    assert found("red") == ["Red Road", "Red Sun", "Red Rock"]
    assert found("red sea") == ["Red Sea"]


@pytest.mark.parametrize(("text", "others"), [("red", 3), ("r", 3), ("re", 3)])
def test_filters_come_before_popularity(text, others):
    create_films({"Red Sun": 40, "Red Road": 100, "Red Sand": 0})
    assert found(text, Movie.objects.filter(popularity=0)) == ["Red Sand"]
    assert len(found(text)) == others - 1


def test_the_title_itself_is_found_however_few_know_it():
    create_films({"Red Sun": 40, "Red Road": 100, "Red": 0})
    assert found("red") == ["Red", "Red Road", "Red Sun"]


def test_the_readers_own_films_are_found_however_many_others_are():
    ana = UserFactory()
    create_films({"Red Sun": 40, "Red Road": 100})
    MovieFactory(title="My Red Car", owner=ana, tmdb_id=None, popularity=0)
    assert set(found("red", listed_films(ana), ana)) == {"Red Sun", "Red Road", "My Red Car"}
    assert found("red", listed_films(UserFactory())) == ["Red Road", "Red Sun"]


def test_corrected_words_and_other_writings_come_by_popularity_as_well():
    create_films({"Crimson Two": 0, "Crimson Road": 100, "Crimson Sun": 40, "Crimson Sea": 0})
    assert found("crimzon") == ["Crimson Road", "Crimson Sun"]
    assert found("crimson 2") == ["Crimson Two"]


@pytest.mark.parametrize("text", ["quartz s", "quartz se", "quartzz s"])
def test_a_short_last_word_is_looked_up_by_the_others(text):
    """Of which few films have one: the index would first collect all films with words that begin with an s."""
    create_films({"Quartz Sea": 0, "Quartz": 50} | {f"Song {number}": 50 for number in range(3)})
    assert found(text) == ["Quartz Sea"]


@pytest.mark.parametrize("text", ["song q", "sonng q", "song qu"])
def test_a_rare_short_last_word_is_looked_up_itself(text):
    create_films({"Song of Quartz": 0} | {f"Song {number}": 50 for number in range(3)})
    assert found(text) == ["Song of Quartz"]


def test_no_more_films_are_ranked_than_the_most(monkeypatch):
    monkeypatch.setattr(candidates, "MOST", 3)
    create_films({f"Red {number}": number + 32 for number in range(5)})
    assert found("red") == ["Red 4", "Red 3", "Red 2"]


def test_the_very_title_comes_before_more_popular_ones_that_differ_by_an_article_or_are_original():
    create_films({"The Solaris": 100, "A Solaris": 90, "Solaris": 0})
    MovieFactory(title="Sun", original_title="Solaris", popularity=80)
    assert found("solaris")[0] == "Solaris"
    assert found("SOLARIS", listed_films(UserFactory()))[0] == "Solaris"
    assert found("the solaris")[0] == "The Solaris"


def test_the_very_title_is_found_among_films_that_fill_the_ranking(monkeypatch):
    monkeypatch.setattr(candidates, "MOST", 2)
    create_films({"The Red": 100, "A Red": 40, "Red": 0})
    assert found("red")[0] == "Red"
    assert found("red", Movie.objects.exclude(title="Red")) == ["The Red", "A Red"]
