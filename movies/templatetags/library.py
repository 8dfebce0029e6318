"""What a visitor can do with a film, wherever it is shown."""

from typing import Any

from django import template
from django.template import Context

from movies.models import Movie

register = template.Library()

CARD = "card"
LOOKS = (CARD, "film", "list")


@register.inclusion_tag("movies/watchlist/buttons.html", takes_context=True)
def watchlist_button(context: Context, movie: Movie, look: str = "", swapped: bool = False) -> dict[str, Any]:
    """Puts `movie` on the visitor's watchlist or takes it off; `look` is one of LOOKS, that of cards without it.

    Whoever is not signed in gets a link to where one signs in; a page drawn without a request gets nothing.
    `swapped` is for the answer to htmx.
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
