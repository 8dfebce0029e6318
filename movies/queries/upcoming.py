"""Which films are shown soon, for the order of a watchlist.

Sessions belong to the app `cinema`, which stands above this one; it registers its query here when it starts.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

# From a film's id to its sessions, ordered by `starts_at`.
SessionsOfFilm = Callable[[OuterRef], QuerySet[Any]]
_programme: list[SessionsOfFilm] = []

LATER = datetime(4000, 1, 1, tzinfo=UTC)


def register_programme(sessions: SessionsOfFilm) -> None:
    """Set the query for the sessions of a film in the next seven days that have not started; the last one set counts.

    `sessions` takes a reference to the film's id and returns them with `starts_at`, earliest first.
    """
    _programme[:] = [sessions]


def playing_order(movie: str, added: str) -> Combinable:
    """Return a sort key, never null: films shown this week by their next session, then the rest, newest first.

    `movie` and `added` name the columns with the film and with the time that orders the rest.
    """
    newest_first = ExpressionWrapper(Value(LATER) + (Value(LATER) - F(added)), output_field=DateTimeField())
    if not _programme:
        return newest_first
    starts = _programme[0](OuterRef(movie)).values("starts_at")[:1]
    return Coalesce(Subquery(starts, output_field=DateTimeField()), newest_first)
