"""Films as the nights see them."""

from movies.models import Movie


class FilmState(Movie):
    """A film as the nights see it: how up to date it is. Also one that has no SyncState yet."""

    class Meta:
        proxy = True
        verbose_name = "state of a film"
        verbose_name_plural = "state of the films"
