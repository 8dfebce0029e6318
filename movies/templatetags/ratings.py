"""The chart of a film's ratings, and the ratings that one can give."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import template

from movies.models.limits import RATINGS

register = template.Library()

WIDTH, GAP, HEIGHT = 16, 4, 60
MIN_HEIGHT = 2  # so that an empty bar is visible


class Bar(NamedTuple):
    rating: int
    number: int
    x: int
    y: int
    height: int


@register.simple_tag
def possible_ratings() -> Sequence[int]:
    return RATINGS


@register.inclusion_tag("movies/ratings/spread.html")
def spread_chart(spread: dict[int, int]) -> dict[str, Any]:
    """Render a bar chart of ratings 1 to 10, and a table of the same numbers for screen readers."""
    highest = max(spread.values()) or 1
    bars = []
    for index, (rating, count) in enumerate(spread.items()):
        height = max(MIN_HEIGHT, round(HEIGHT * count / highest))
        bars.append(Bar(rating, count, index * (WIDTH + GAP), HEIGHT - height, height))
    return {"bars": bars, "bar_width": WIDTH, "width": len(bars) * (WIDTH + GAP) - GAP, "height": HEIGHT}
