"""The figures of a film that ratings move."""

from datetime import UTC, datetime

from movies.models import Movie

LONG_AGO = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def figures(movie):
    """Return (sum, count, average) of the film's ratings."""
    return Movie.objects.values_list("ratings_sum", "ratings_count", "average_rating").get(pk=movie.pk)
