import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from movies.models import Movie
from movies.search import search
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def films():
    MovieFactory(title="Amélie", original_title="Le Fabuleux Destin d'Amélie Poulain", popularity=30,
                 directors=["Jean-Pierre Jeunet"], cast=["Audrey Tautou", "Mathieu Kassovitz"])  # fmt: skip
    MovieFactory(title="Seven Samurai", original_title="七人の侍", popularity=20, directors=["Akira Kurosawa"])
    MovieFactory(title="The Magnificent Seven", popularity=25, cast=["Yul Brynner"])
    MovieFactory(title="Se7en", popularity=90, directors=["David Fincher"], cast=["Brad Pitt"])
    MovieFactory(title="Yul Brynner: A Life", popularity=1)


def found(text):
    return [movie.title for movie in search(Movie.objects.all(), text)]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("amelie", ["Amélie"]),
        ("AMÉLIE", ["Amélie"]),
        ("amelei", ["Amélie"]),
        ("fabuleux destin", ["Amélie"]),
        ("poulain amélie", ["Amélie"]),
        ("tautou", ["Amélie"]),
        ("jeunet ameli", ["Amélie"]),
        ("kurosawa seven", ["Seven Samurai"]),
        ("七人", ["Seven Samurai"]),
        ("seven", ["The Magnificent Seven", "Seven Samurai"]),
        ("sev", ["The Magnificent Seven", "Seven Samurai"]),
        ("yul brynner", ["Yul Brynner: A Life", "The Magnificent Seven"]),
        ("magnifisent", ["The Magnificent Seven"]),
        ("nothing like this", []),
    ],
)
def test_films_are_found_by_what_people_remember(films, text, titles):
    assert found(text) == titles


@pytest.mark.parametrize("text", ["", "   ", "?!", "&|!()<->:*'"])
def test_a_search_without_words_is_no_search(films, text):
    assert len(found(text)) == 5


@pytest.mark.parametrize("text", ["o'brien & sons", "back\\slash", "'; DROP TABLE movies_movie; --", "x" * 5000])
def test_no_sign_is_an_operator(films, text):
    assert found(text) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_no_text_breaks_the_search(films, text):
    assert set(found(text)) <= set(Movie.objects.values_list("title", flat=True))


def test_exact_words_take_two_queries_and_spelling_two(films, django_assert_num_queries):
    for text in ("seven", "amelei"):
        with django_assert_num_queries(2):
            found(text)
