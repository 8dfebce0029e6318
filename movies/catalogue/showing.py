"""Which films are being shown. The programme knows, which stands above this app: it tells, and this writes it down."""

from collections.abc import Collection, Mapping
from datetime import datetime

from movies.models import Movie


def hold(movie_ids: Collection[int]) -> set[int]:
    """Those films that are there, which nobody else tells about until the transaction ends.

    To be called before the programme is read for `set_until`: whoever waits here then reads what the other one wrote.
    """
    rows = Movie.objects.filter(pk__in=movie_ids).order_by("pk").select_for_update(no_key=True)
    return set(rows.values_list("pk", flat=True))


def set_until(starts: Mapping[int, datetime | None]) -> None:
    """The start of each film's last published session, or None; films that have it already are not written."""
    for movie in Movie.objects.filter(pk__in=starts).only("showing_until"):
        if movie.showing_until != starts[movie.pk]:
            # Not by `save`: nothing about the film itself changed, so `updated_at` stays.
            Movie.objects.filter(pk=movie.pk).update(showing_until=starts[movie.pk])
