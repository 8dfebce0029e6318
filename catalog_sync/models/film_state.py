"""The sync state of films."""

from movies.models import Movie


class FilmState(Movie):
    """A film with the times of its last syncs, for the admin; also one without a SyncState."""

    class Meta:
        proxy = True
        verbose_name = "sync state of a film"
        verbose_name_plural = "sync states of films"


class FilmCase(Movie):
    """A film that a manager should look at: deleted or flagged by TMDB, doubled, or with an unknown certification."""

    class Meta:
        proxy = True
        verbose_name = "film to look at"
        verbose_name_plural = "films to look at"
