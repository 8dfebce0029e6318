import pytest

from movies.queries.genres import top_genres
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


def test_top_genres_have_most_films_and_both_lists_are_bounded():
    drama, comedy, war = GenreFactory(name="Drama"), GenreFactory(name="Comedy"), GenreFactory(name="War")
    for popularity in range(4):
        MovieFactory(title=f"D{popularity}", genres=[drama], popularity=popularity)
    for popularity in range(3):
        MovieFactory(title=f"C{popularity}", genres=[comedy], popularity=popularity)
    MovieFactory(genres=[war])
    rows = top_genres(films_each=2, at_least=2, limit=5)
    assert [(row.genre.name, [movie.title for movie in row.top_movies]) for row in rows] == [
        ("Drama", ["D3", "D2"]),
        ("Comedy", ["C2", "C1"]),
    ]
    assert len(top_genres(films_each=2, at_least=1, limit=1)) == 1
