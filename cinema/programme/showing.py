"""Keeps the films' `showing_until` as the programme has it. Whoever writes sessions calls this afterwards."""

from collections.abc import Iterable

from cinema.queries import sessions
from movies.catalogue import showing


def refresh(movie_ids: Iterable[int]) -> set[int]:
    """In the transaction that wrote their sessions, and after it did. Returns those of the films that are there."""
    there = showing.hold(set(movie_ids))
    if there:
        showing.set_until(sessions.last_starts(there))
    return there
