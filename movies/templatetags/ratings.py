"""How the ratings of a film spread from 1 to 10, drawn."""

from typing import Any, NamedTuple

from django import template

from movies.models.limits import RATINGS

register = template.Library()

WIDTH, GAP, HEIGHT = 16, 4, 60
LEAST = 2  # of a bar, so that none is seen as missing


class Bar(NamedTuple):
    rating: int
    given: int
    x: int
    y: int
    height: int


@register.inclusion_tag("movies/ratings/one_tap.html", takes_context=True)
def one_tap(context: template.Context, link: str, about: str) -> dict[str, Any]:
    """Ten buttons that rate at once, for a notice that asks; `link` is its page, see movies.views.how_was_it."""
    return {"csrf_token": context.get("csrf_token"), "link": link, "about": about, "ratings": RATINGS}


@register.inclusion_tag("movies/ratings/spread.html")
def spread_chart(spread: dict[int, int]) -> dict[str, Any]:
    """Ten bars, the tallest as high as the drawing; and the same as a table for those who cannot see it."""
    most = max(spread.values()) or 1
    bars = []
    for place, (rating, count) in enumerate(spread.items()):
        height = max(LEAST, round(HEIGHT * count / most))
        bars.append(Bar(rating, count, place * (WIDTH + GAP), HEIGHT - height, height))
    return {"bars": bars, "bar_width": WIDTH, "width": len(bars) * (WIDTH + GAP) - GAP, "height": HEIGHT}
