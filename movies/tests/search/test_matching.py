import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.queries.films import catalogue_films, filter_films, visible_films
from movies.search import vocabulary
from movies.search.matching import search
from movies.search.tokens import MAX_QUERY, Token
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def films():
    MovieFactory(title="Amélie", original_title="Le Fabuleux Destin d'Amélie Poulain", popularity=30, year=2001,
                 directors=["Jean-Pierre Jeunet"], cast=["Audrey Tautou", "Mathieu Kassovitz"])  # fmt: skip
    MovieFactory(title="Seven Samurai", original_title="七人の侍", popularity=20, directors=["Akira Kurosawa"])
    MovieFactory(title="The Magnificent Seven", popularity=25, cast=["Yul Brynner"])
    MovieFactory(title="Se7en", popularity=90, directors=["David Fincher"], cast=["Brad Pitt"])
    MovieFactory(title="Yul Brynner: A Life", popularity=1)
    vocabulary.rebuild_vocabulary()


def found(text, films=None, reader=None):
    return [movie.title for movie in search(Movie.objects.all() if films is None else films, text, reader).films]


def corrected(text, films=None, reader=None):
    return search(Movie.objects.all() if films is None else films, text, reader).corrected


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("amelie", ["Amélie"]),
        ("AMÉLIE", ["Amélie"]),
        ("amelei", ["Amélie"]),
        ("fabuleux destin", ["Amélie"]),
        ("destin d'amelie", ["Amélie"]),
        ("destin damelie", ["Amélie"]),
        ("poulain amélie", ["Amélie"]),
        ("tautou", ["Amélie"]),
        ("jeunet ameli", ["Amélie"]),
        ("jeanpierre 2001", ["Amélie"]),
        ("kurosawa seven", ["Seven Samurai"]),
        ("七人", ["Seven Samurai"]),
        ("人の侍", ["Seven Samurai"]),
        ("の", ["Seven Samurai"]),
        ("七侍", []),
        ("seven", ["Se7en", "Seven Samurai", "The Magnificent Seven"]),
        ("sev", ["Se7en", "Seven Samurai", "The Magnificent Seven"]),
        ("se", ["Se7en", "Seven Samurai", "The Magnificent Seven"]),
        ("s", ["Se7en", "Seven Samurai"]),
        ("yul brynner", ["Yul Brynner: A Life", "The Magnificent Seven"]),
        ("magnifisent", ["The Magnificent Seven"]),
        ("magnificentseven", ["The Magnificent Seven"]),
        ("a seven samurai", ["Seven Samurai"]),
        ("nothing like this", []),
        ("the", ["The Magnificent Seven"]),
    ],
)
def test_films_are_found_by_words_of_titles_and_people(films, text, titles):
    assert found(text) == titles


@pytest.mark.parametrize("text", ["", "   ", "?!", "&|!()<->:*'", "☃", "🙂", "!!!", "$", "\0", "\u200b"])
def test_a_text_without_words_finds_nothing(films, text):
    assert (found(text), corrected(text)) == ([], None)


@pytest.mark.parametrize(
    "text",
    ["o'brien & sons", "back\\slash", "'; DROP TABLE movies_movie; --", "x" * 5000, "=seven", "seven:* | 'x", "-"],
)
def test_no_character_is_an_operator(films, text):
    assert set(found(text)) <= set(Movie.objects.values_list("title", flat=True))
    assert Movie.objects.count() == 5


def test_a_query_is_cut_at_its_maximum_length(films):
    assert found("seven samurai".ljust(MAX_QUERY) + "nothing") == ["Seven Samurai"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_can_be_searched(films, text):
    assert set(found(text)) <= set(Movie.objects.values_list("title", flat=True))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30
    ).filter(str.strip)  # as every title
)
def test_a_title_is_found_by_itself(text):
    movie = MovieFactory(title=text)
    result = search(Movie.objects.filter(pk=movie.pk), text)
    assert (list(result.films), result.corrected) == ([movie], None)


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("WALL·E", "walle"),
        ("WALL·E", "wall-e"),
        ("WALL·E", "wall e"),
        ("S.W.A.T.", "swat"),
        ("50/50", "50 50"),
        ("8½", "8 1/2"),
        ("8½", "8½"),
        ("http://example.org/x", "example"),
        ("user@example.org", "user"),
        ("-12.5e3", "12"),
        ("M*A*S*H", "mash"),
        ("L'Atalante", "atalante"),
        ("L’Atalante", "latalante"),
        ("Schindler's List", "schindlers"),
        ("Fast & Furious", "fast and furious"),
        ("Romeo + Juliet", "romeo and juliet"),
        ("Straße", "STRASSE"),
        ("Ørsted", "orsted"),
        ("Łódź", "lodz"),
        ("Kış Uykusu", "KIS uykusu"),
        ("İstanbul", "istanbul"),
        ("Ёлки", "елки"),
        ("Ευτυχία", "ευτυχια"),
        ("Μέγας", "ΜΕΓΑΣ"),
        ("مُحَمَّد", "محمد"),
        ("أفلام", "افلام"),
        ("שָׁלוֹם", "שלום"),
        ("हिन्दी", "हिन्दी"),
        ("Ｆｕｌｌ", "full"),
        ("ﬁlm", "film"),
        ("e\u0301te\u0301", "été"),
        ("アキラ", "キラ"),
        ("ｱｷﾗ", "アキラ"),
        ("기생충", "생충"),
        ("AKIRA アキラ2", "akira 2"),
    ],
)
def test_signs_marks_and_scripts(title, query):
    MovieFactory(title=title)
    result = search(Movie.objects.all(), query)
    assert [movie.title for movie in result.films] == [title]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("amelie", None),
        ("amelei", "amelie"),
        ("Amelei 2001", "amelie 2001"),
        ("Kurosawa sevn", "kurosawa seven"),
        ("the seven samurai", "seven samurai"),
        ("seven samurai kurosava", "seven samurai kurosawa"),
        ("sevensamurai akira", "seven samurai akira"),
        ("ku rosawa samurai", "kurosawa samurai"),
        ("jean-piere jeunet", "jean pierre jeunet"),
        ("七人の侍 kurosava", "七人の侍 kurosawa"),
        ("brad kurosawa", None),
        ("qqqq", None),
    ],
)
def test_the_corrected_text_is_returned(films, text, meant):
    assert corrected(text) == meant


def test_exact_titles_come_first_then_titles_that_begin_so():
    for title, popularity in [("Heat", 1), ("Heat Wave", 10), ("Dead Heat", 1000), ("Heathers", 5)]:
        MovieFactory(title=title, popularity=popularity)
    assert found("heat") == ["Heat", "Heat Wave", "Heathers", "Dead Heat"]


def test_the_original_title_counts_like_the_title():
    MovieFactory(title="Leon and Friends", popularity=50)
    MovieFactory(title="The Professional", original_title="Léon", popularity=1)
    assert found("leon") == ["The Professional", "Leon and Friends"]


def test_equal_titles_are_ordered_by_popularity_then_newest():
    first, second, third = [MovieFactory(title="Twin", popularity=popularity) for popularity in (5, 5, 7)]
    assert list(search(Movie.objects.all(), "twin").films) == [third, second, first]


def test_known_words_are_corrected_last():
    MovieFactory(title="John Wick")
    MovieFactory(title="Jon Doe")
    vocabulary.rebuild_vocabulary()
    assert (found("jon wick"), corrected("jon wick")) == (["John Wick"], "john wick")
    assert (found("jon"), corrected("jon")) == (["Jon Doe"], None)


def test_filters_come_before_the_match(films):
    assert found("amelie", filter_films(catalogue_films(), year=2002)) == []


# --- Private films ---


@pytest.fixture
def ana():
    return UserFactory()


@pytest.fixture
def private(films, ana):
    MovieFactory(title="Zanzibar Holidays", owner=ana, tmdb_id=None)
    vocabulary.learn_words()
    vocabulary.rebuild_vocabulary()


@pytest.mark.parametrize("text", ["zanzibar", "zanzibra", "zanz", "zanzibar holidays", "zan zibar"])
def test_other_users_do_not_find_a_private_film(private, text):
    for reader in (None, AnonymousUser(), UserFactory()):
        films = visible_films(reader or AnonymousUser())
        assert (found(text, films, reader), corrected(text, films, reader)) == ([], None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("zanzibar", None),
        ("zanzibra", "zanzibar"),
        ("zanzbi", "zanzibar"),
        ("hollidays zanzibar", "holidays zanzibar"),
        ("zan zibar holidays", None),  # a title without its spaces
        ("holidays zan zibar", "holidays zanzibar"),
    ],
)
def test_the_owner_finds_a_private_film_with_corrections(private, ana, text, meant):
    films = visible_films(ana)
    assert (found(text, films, ana), corrected(text, films, ana)) == (["Zanzibar Holidays"], meant)


def test_words_of_private_films_do_not_correct_other_users(films, ana):
    """Even where the private word is nearer to the typed one than any word of the catalogue."""
    MovieFactory(title="Samurais", owner=ana, tmdb_id=None)
    vocabulary.rebuild_vocabulary()
    assert corrected("samuraiss", visible_films(AnonymousUser()), AnonymousUser()) == "samurai"


# --- Cost ---


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("kurosawa", 3),  # cut the words, find the films that match, rank and load them
        ("seven", 4),  # also check whether films have it in another writing
        ("seven samurai ii", 7),  # the same; the vocabulary, attempts, and twice how many films have the words
        ("amelei", 7),  # also the vocabulary, the attempt with films, its films, the best film's words
        ("sevn samurei kurosava akria", 7),
        ("qqqq", 4),  # cut the words, find the films that match, the vocabulary, attempts
        ("?!", 2),
        (" ", 0),
        (" ".join(["samurei"] * 25), 7),
        (" ".join(f"samurei{letter}" for letter in "abcdefghijklmnopqrs"), 4),
    ],
)
def test_the_number_of_statements_does_not_grow_with_the_query(films, text, statements, django_assert_num_queries):
    with django_assert_num_queries(statements):
        found(text)


def test_a_run_of_characters_is_searched_in_pairs():
    assert Token("=七人の侍").parts == ["七人", "人の", "の侍"]
    assert Token("=侍").parts == ["侍"]
