"""The films' `showing_until`, kept up to date with the programme after every write to sessions."""

from collections.abc import Iterable

from cinema.queries import sessions
from movies.catalogue import showing


def refresh(movie_ids: Iterable[int]) -> set[int]:
    """Set `showing_until` of these films, and return the ids of those that exist.

    Must run in the transaction that wrote the sessions, after the write. Locks the films.
    """
    existing = showing.lock_films(set(movie_ids))
    if existing:
        showing.set_showing_until(sessions.last_starts(existing))
    return existing
