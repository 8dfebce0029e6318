import pytest

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.tests.factories import MovieFactory
from movies.tests.library.figures import LONG_AGO


@pytest.fixture
def ana(db):
    return UserFactory(username="ana")


@pytest.fixture
def movie(db):
    """A film without ratings that was last changed long ago."""
    movie = MovieFactory(title="Heat")
    Movie.objects.filter(pk=movie.pk).update(updated_at=LONG_AGO)
    return movie
