"""The watchlist buttons of a film."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from django import template
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from movies.models import Movie
from movies.queries.cards import CardFilm

register = template.Library()

CARD = "card"
LOOKS = (CARD, "film", "list")
# Stands for the address of the sign-in page, which differs from page to page, in what is kept for all pages.
SIGN_IN = "/sign-in-from-this-page/"


@register.simple_tag(takes_context=True)
def watchlist_button(context: Context, movie: Movie | CardFilm, look: str = "", swapped: bool = False) -> SafeString:
    """Render the buttons that add `movie` to the visitor's watchlist or remove it. `look` is one of LOOKS.

    `swapped` is for responses to htmx.
    """
    buttons = ButtonsOf(context)
    (mark,) = buttons.marks_of([movie])
    return buttons.add_address(render_buttons(movie.pk, movie.title, look or CARD, mark, swapped=swapped))


class Mark(NamedTuple):
    """What the buttons of a film know of the visitor."""

    is_shown: bool = True
    is_signed_in: bool = False
    is_kept: bool = False
    is_favorite: bool = False


# By what the watchlist has of a film: nothing, the film, or the film as a favourite.
MARKS = {
    None: Mark(is_signed_in=True),
    False: Mark(is_signed_in=True, is_kept=True),
    True: Mark(is_signed_in=True, is_kept=True, is_favorite=True),
}


class ButtonsOf:
    """Knows the marks of films for the visitor of a page.

    Visitors who are not signed in get a link to the sign-in page; error pages without a request get nothing.
    """

    def __init__(self, context: Context) -> None:
        self._request: HttpRequest | None = context.get("request")
        self._kept: dict[int, bool] = context.get("kept") or {}
        self._is_signed_in = bool(self._request and self._request.user.is_authenticated)

    def marks_of(self, films: Iterable[Movie | CardFilm]) -> tuple[Mark, ...]:
        if not self._is_signed_in:
            mark = Mark(is_shown=self._request is not None)
            return tuple([mark for _ in films])
        flags = self._kept
        return tuple([MARKS[flags.get(film.pk)] for film in films])

    def add_address(self, markup: str) -> SafeString:
        """Put the address of the sign-in page into links that were kept for all pages."""
        if self._request is None or self._is_signed_in:
            return mark_safe(markup)  # noqa: S308  (it is from templates)
        address = f"{reverse('account_login')}?next={quote(self._request.get_full_path())}"
        return mark_safe(markup.replace(SIGN_IN, escape(address)))  # noqa: S308  (it is escaped)


@lru_cache(maxsize=2048)  # up to 1 kB each
def render_buttons(pk: int, title: str, look: str, mark: Mark, *, swapped: bool = False) -> SafeString:
    """Return the buttons; in those of a visitor who is not signed in, SIGN_IN stands for an address."""
    if not mark.is_shown:
        return SafeString()
    context = {"pk": pk, "title": title, "look": look, "sign_in": SIGN_IN, "swapped": swapped, "mark": mark}
    return render_to_string("movies/watchlist/buttons.html", context)
