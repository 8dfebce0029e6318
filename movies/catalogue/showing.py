"""Until when films are shown. The app `cinema`, which owns the sessions, calls this after each change of them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from movies.models import Movie


def lock_films(movie_ids: Collection[int]) -> set[int]:
    """Lock the films until the transaction ends, in the order of ids; return the ids of those that exist.

    Call it before reading the sessions for `set_showing_until`: a transaction that waited here then reads what the
    other one wrote.
    """
    rows = Movie.objects.filter(pk__in=movie_ids).order_by("pk").select_for_update(no_key=True)
    return set(rows.values_list("pk", flat=True))


def set_showing_until(starts: Mapping[int, datetime | None]) -> None:
    """Store the start of each film's last published session, or None; unchanged films are not written."""
    for movie in Movie.objects.filter(pk__in=starts).only("showing_until"):
        if movie.showing_until != starts[movie.pk]:
            # Not by `save`: the film itself did not change, so `updated_at` stays.
            Movie.objects.filter(pk=movie.pk).update(showing_until=starts[movie.pk])
