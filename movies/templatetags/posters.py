"""The tag `{% poster movie %}`: the film's own poster, or a drawn one."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from movies.models import Movie
from movies.posters import drawn
from movies.queries.cards import CardFilm

register = template.Library()

CARD_SIZES = "(min-width: 60rem) 11rem, 44vw"


@register.simple_tag
def poster(movie: Movie | CardFilm, sizes: str = CARD_SIZES, first: bool = False) -> SafeString:
    """Render the poster of a film, with genres prefetched. `first` loads a poster above the fold eagerly."""
    if movie.poster_key:
        context = {"urls": movie.poster_urls, "sizes": sizes, "first": first}
        return render_to_string("movies/posters/poster.html", context)
    address = drawn.address_of(movie.pk, drawn.shown_by(movie))
    return render_to_string("movies/posters/drawn.html", {"address": address, "first": first})
