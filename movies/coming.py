"""Which films are shown soon, for lists of films. The programme knows, which stands above this app: it is asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

# The `starts_at` of a film's sessions, the first first.
Starts = Callable[[OuterRef], QuerySet[Any]]
_programme: list[Starts] = []

LATER = datetime(4000, 1, 1, tzinfo=UTC)


def register(this_week: Starts) -> None:
    """`this_week`: of a film's id, the sessions of the next seven days that one can still go to."""
    _programme[:] = [this_week]


def playing_first(movie: str, added: str) -> Combinable:
    """A key, never null: what is shown this week by its next session, and behind it the rest, the newest first.

    `movie` and `added`: the names of the film and of the time that decides about the rest.
    """
    rest = ExpressionWrapper(Value(LATER) + (Value(LATER) - F(added)), output_field=DateTimeField())
    if not _programme:
        return rest
    starts = _programme[0](OuterRef(movie)).values("starts_at")[:1]
    return Coalesce(Subquery(starts, output_field=DateTimeField()), rest)
