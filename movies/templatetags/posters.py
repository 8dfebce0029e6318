"""`{% poster movie %}`: the film's own poster, or the one we draw."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import strip_spaces_between_tags
from django.utils.safestring import SafeString, mark_safe

from movies.models import Movie
from movies.posters import drawing as posters

register = template.Library()

CARD_SIZES = "(min-width: 60rem) 11rem, 44vw"


@register.simple_tag
def poster(movie: Movie, sizes: str = CARD_SIZES, first: bool = False) -> SafeString:
    """The poster's markup; `first` is for one above the fold, which is not loaded lazily. Wants genres prefetched."""
    if movie.poster_key:
        context = {"urls": movie.poster_urls, "sizes": sizes, "first": first}
        return render_to_string("movies/posters/poster.html", context)
    genres = tuple(genre.name for genre in movie.genres.all())
    return drawn_poster(movie.title, tuple(movie.directors), movie.year, genres)


@lru_cache(maxsize=2048)  # a poster is about 1.5 kB, and a page shows a hundred of them
def drawn_poster(title: str, directors: tuple[str, ...], year: int | None, genres: tuple[str, ...]) -> SafeString:
    drawing = posters.draw(title, directors, year, genres, seed=f"{title} {year}")
    markup = render_to_string("movies/posters/drawn_poster.html", {"drawing": drawing})
    return mark_safe(strip_spaces_between_tags(markup.strip()))  # noqa: S308  (a template escaped it)
