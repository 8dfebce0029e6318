import pytest

from movies.tests.factories import MovieFactory


@pytest.fixture
def films(fake_images):
    """Create three films with an image each, the first the most popular."""
    fake_images.add_images(1, 2, 3)
    return [MovieFactory(poster_source=f"/poster{number}.jpg", popularity=10 - number) for number in (1, 2, 3)]
