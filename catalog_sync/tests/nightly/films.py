"""Films of the nightly tests, and what a test compares of them."""

from catalog_sync.tests.fakes.tmdb import details_json
from movies.models import Movie, SyncState
from movies.tests.factories import MovieFactory


def create_films(fake_tmdb, *numbers, **film):
    """Create films as from a list, which the fake has in full."""
    for number in numbers:
        MovieFactory(tmdb_id=number, **film)
        fake_tmdb.films[number] = details_json(number)


def poster_keys():
    return list(Movie.objects.order_by("pk").values_list("poster_key", flat=True))


def poster_state(film):
    return SyncState.objects.values(
        "poster_source_stored", "poster_source_failed", "poster_failures", "poster_problem"
    ).get(movie=film)
