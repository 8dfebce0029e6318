"""The tag `{% poster movie %}`: the film's own poster, or a drawn one."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import strip_spaces_between_tags
from django.utils.safestring import SafeString, mark_safe

from movies.models import Movie
from movies.posters.drawing import draw_poster

register = template.Library()

CARD_SIZES = "(min-width: 60rem) 11rem, 44vw"


@register.simple_tag
def poster(movie: Movie, sizes: str = CARD_SIZES, first: bool = False) -> SafeString:
    """Render the poster of a film, with genres prefetched. `first` loads a poster above the fold eagerly."""
    if movie.poster_key:
        context = {"urls": movie.poster_urls, "sizes": sizes, "first": first}
        return render_to_string("movies/posters/poster.html", context)
    genres = tuple(genre.name for genre in movie.genres.all())
    return render_drawing(movie.title, tuple(movie.directors), movie.year, genres)


@lru_cache(maxsize=2048)  # a poster is about 1.5 kB, and a page shows a hundred of them
def render_drawing(title: str, directors: tuple[str, ...], year: int | None, genres: tuple[str, ...]) -> SafeString:
    drawing = draw_poster(title, directors, year, genres, seed=f"{title} {year}")
    markup = render_to_string("movies/posters/drawn_poster.html", {"drawing": drawing})
    return mark_safe(strip_spaces_between_tags(markup.strip()))  # noqa: S308  (the template has escaped it)
