"""The watchlist buttons of a film."""

from typing import Any

from django import template
from django.template import Context

from movies.models import Movie

register = template.Library()

CARD = "card"
LOOKS = (CARD, "film", "list")


@register.inclusion_tag("movies/watchlist/buttons.html", takes_context=True)
def watchlist_button(context: Context, movie: Movie, look: str = "", swapped: bool = False) -> dict[str, Any]:
    """Render the buttons that add `movie` to the visitor's watchlist or remove it. `look` is one of LOOKS.

    Visitors who are not signed in get a link to the sign-in page; error pages without a request get nothing.
    `swapped` is for responses to htmx.
    """
    request = context.get("request")
    if request is None:
        return {}
    kept = context["kept"]
    return {
        "request": request,
        "user": request.user,
        "movie": movie,
        "look": look or CARD,
        "is_kept": movie.pk in kept,
        "is_favorite": kept.get(movie.pk, False),
        "swapped": swapped,
    }
