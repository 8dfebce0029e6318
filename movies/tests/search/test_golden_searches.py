"""Searches as people type them, and the film they mean, in the demo catalogue."""

import pytest

from movies.demo import catalogue
from movies.models import Genre, Movie, SearchWord, SearchWordChange
from movies.queries.films import catalogue_films
from movies.search import vocabulary
from movies.search.matching import search

# One process loads the films for all these tests.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("golden searches")]


@pytest.fixture(scope="module")
def demo_films(django_db_setup, django_db_blocker):
    """The demo films, loaded once, because loading takes most of the time of these tests."""
    with django_db_blocker.unblock():
        models = (Movie, Genre, SearchWord, SearchWordChange)  # deleting films notes words as well
        known = [(model, set(model.objects.values_list("pk", flat=True))) for model in models]
        catalogue.load()
        vocabulary.rebuild_vocabulary()
        yield
        for model, before in known:
            model.objects.exclude(pk__in=before).delete()


GOLDEN = {
    # as written
    "casablanca": ("Casablanca", None),
    "The Godfather": ("The Godfather", None),
    "godfather": ("The Godfather", None),
    "alien": ("Alien", None),
    "aliens": ("Aliens", None),
    "terminator": ("The Terminator", None),
    "predator": ("Predator", None),
    "heat": ("Heat", None),
    "m": ("M", None),
    "300": ("300", None),
    "total recall 2012": ("Total Recall", None),
    "2001": ("2001: A Space Odyssey", None),
    "20,000 leagues": ("20,000 Leagues Under the Sea", None),
    "20000 leagues": ("20,000 Leagues Under the Sea", None),
    # unfinished
    "incep": ("Inception", None),
    "eternal sun": ("Eternal Sunshine of the Spotless Mind", None),
    "the lord of the rings: the ret": ("The Lord of the Rings: The Return of the King", None),
    # accents, case, signs
    "amelie": ("Amélie", None),
    "AMÉLIE": ("Amélie", None),
    "spiderman": ("Spider-Man 2", None),
    "spider man 2": ("Spider-Man 2", None),
    "et": ("E.T. the Extra-Terrestrial", None),
    "e.t.": ("E.T. the Extra-Terrestrial", None),
    "extraterrestrial": ("E.T. the Extra-Terrestrial", None),
    "its a wonderful life": ("It's a Wonderful Life", None),
    "rosemarys baby": ("Rosemary's Baby", None),
    "rosemary’s baby": ("Rosemary's Baby", None),
    "pans labyrinth": ("Pan's Labyrinth", None),
    "benhur": ("Ben-Hur", None),
    "ben hur": ("Ben-Hur", None),
    "kick ass": ("Kick-Ass", None),
    "mars attacks!": ("Mars Attacks!", None),
    "thx1138": ("THX 1138", None),
    "bell book & candle": ("Bell, Book and Candle", None),
    "himmel uber berlin": ("Wings of Desire", None),
    # other scripts
    "七人の侍": ("Seven Samurai", None),
    "侍": ("Seven Samurai", None),
    "神隠し": ("Spirited Away", None),
    "花樣": ("In the Mood for Love", None),
    "올드": ("Oldboy", None),
    "сталкер": ("Stalker", None),
    "ИДИ И СМОТРИ": ("Come and See", None),
    # word order, people, years
    "samurai seven": ("Seven Samurai", None),
    "kurosawa": ("Seven Samurai", None),
    "tarantino pulp": ("Pulp Fiction", None),
    "jeunet ameli": ("Amélie", None),
    "amelie 2001": ("Amélie", None),
    "hitchcock 1960": ("Psycho", None),
    "dicaprio inception": ("Inception", None),
    # split and joined
    "god father": ("The Godfather", None),
    "bladerunner": ("Blade Runner", None),
    "old boy": ("Oldboy", None),
    "di caprio inception": ("Inception", "dicaprio inception"),
    "starship troopers": ("Starship Troopers", None),
    "fightclub norton": ("Fight Club", "fight club norton"),
    # written differently
    "spider man ii": ("Spider-Man 2", "spider man 2"),
    "7 samurai": ("Seven Samurai", "seven samurai"),
    "the magnificent 7": ("The Magnificent Seven", "the magnificent seven"),
    "godfather 2": ("The Godfather Part II", "godfather ii"),
    "back to the future part three": ("Back to the Future Part III", "back to the future part iii"),
    "terminator ii": ("Terminator 2: Judgment Day", "terminator 2"),
    "twenty thousand leagues": ("20,000 Leagues Under the Sea", "20000 leagues"),
    "1 2 3": ("One, Two, Three", "one two three"),
    "1 flew over": ("One Flew Over the Cuckoo's Nest", "one flew over"),
    "friday the thirteenth": ("Friday the 13th", "friday the 13th"),
    "blade runner twenty forty nine": ("Blade Runner 2049", "blade runner 2049"),
    "bonnie und clyde": ("Bonnie and Clyde", "bonnie and clyde"),
    "mister brooks": ("Mr. Brooks", "mr brooks"),
    "花样年华": ("In the Mood for Love", "花樣年華"),
    "godfather, the": ("The Godfather", None),
    "godfahter 2": ("The Godfather Part II", "godfather ii"),
    "x men": ("X-Men: First Class", None),
    # articles and small words
    "the seven samurai": ("Seven Samurai", "seven samurai"),
    "clockwork orange": ("A Clockwork Orange", None),
    "hte godfather": ("The Godfather", "godfather"),
    "return fo the king": ("The Lord of the Rings: The Return of the King", "return king"),
    "lord of rings": ("The Lord of the Rings: The Return of the King", None),
    # a letter wrong, missing, superfluous, swapped; at the beginning and in the middle
    "amelei": ("Amélie", "amelie"),
    "godfahter": ("The Godfather", "godfather"),
    "ogdfather": ("The Godfather", "godfather"),
    "inceptoin": ("Inception", "inception"),
    "nception": ("Inception", "inception"),
    "incpe": ("Inception", "inception"),
    "casblanca": ("Casablanca", "casablanca"),
    "cassablanca": ("Casablanca", "casablanca"),
    "kasablanca": ("Casablanca", "casablanca"),
    "blade runer": ("Blade Runner", "blade runner"),
    "jurasic prak": ("Jurassic Park", "jurassic park"),
    "forest gump": ("Forrest Gump", "forrest gump"),
    "clockwrok orange": ("A Clockwork Orange", "clockwork orange"),
    "apocalipse now": ("Apocalypse Now", "apocalypse now"),
    "hitchcok psyco": ("Psycho", "hitchcock psycho"),
    "kurosawa sevn": ("Seven Samurai", "kurosawa seven"),
    "сталкр": ("Stalker", "сталкер"),
    # two letters wrong in a long word
    "schwarznegger terminater": ("The Terminator", "schwarzenegger terminator"),
    "ratatoullie": ("Ratatouille", "ratatouille"),
    "promethius": ("Prometheus", "prometheus"),
    # known words, wrong together
    "forrest gum hanks": ("Forrest Gump", "forrest gump hanks"),
}


@pytest.mark.parametrize("text", GOLDEN)
def test_the_intended_film_comes_first(demo_films, text):
    found = search(catalogue_films(), text)
    first = found.films.first()
    assert (first and first.title, found.corrected) == GOLDEN[text]


@pytest.mark.parametrize("text", ["qqqq", "nothing like this", "matrix", "ghandi", "7777", "zzz qqq", "☃"])
def test_texts_without_a_film_find_nothing(demo_films, text):
    found = search(catalogue_films(), text)
    assert (list(found.films), found.corrected) == ([], None)
