"""The files of drawn posters: SVG, made when they are asked for, under an address that changes with what they show.

So browsers keep them for ever, pages only name them, and nothing is written, whatever the store and however many
processes there are.
"""

from functools import cache, lru_cache
from hashlib import blake2s
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_spaces_between_tags

from movies.models import Movie
from movies.posters import drawing
from movies.queries.cards import CardFilm

TEMPLATES = Path("movies/posters")


class Shown(NamedTuple):
    """All that a drawn poster depends on. The order of the genres is not one of these things."""

    title: str
    directors: tuple[str, ...]
    year: int | None
    genres: tuple[str, ...]


def shown_by(film: Movie | CardFilm) -> Shown:
    """Return what the poster of a film shows, with its genres prefetched."""
    return Shown(film.title, tuple(film.directors), film.year, film.genre_names)


def address_of(pk: int, shown: Shown) -> str:
    """Return the address of the drawn poster of the film with this id."""
    return reverse("drawn_poster", args=[pk, key_of(shown)])


def key_of(shown: Shown) -> str:
    """Return the name of the poster's content. Secret, because it must not tell whether a private film has a title."""
    text = repr((shown.title, shown.directors, shown.year, sorted(shown.genres)))
    return blake2s(text.encode(), key=_secret(), digest_size=10).hexdigest()


@lru_cache(maxsize=2048)  # about 1.5 kB each
def render_svg(shown: Shown) -> str:
    poster = drawing.draw_poster(*shown, seed=f"{shown.title} {shown.year}")
    markup = render_to_string("movies/posters/drawn_poster.html", {"drawing": poster})
    return strip_spaces_between_tags(markup.strip())


@cache
def _secret() -> bytes:
    """Return a key that changes when posters are drawn in another way, so that no browser keeps a former one."""
    folder = settings.BASE_DIR / "templates" / TEMPLATES
    sources = [Path(drawing.__file__), *sorted(folder.glob("*.svg")), folder / "drawn_poster.html"]
    program = b"".join(source.read_bytes() for source in sources)
    return blake2s(program, key=blake2s(settings.SECRET_KEY.encode()).digest()).digest()
