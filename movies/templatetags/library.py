"""The watchlist buttons of a film."""

from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
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
    return ButtonsOf(context).render(movie.pk, movie.title, look or CARD, swapped=swapped)


class ButtonsOf:
    """Renders the buttons of films for the visitor of a page.

    Visitors who are not signed in get a link to the sign-in page; error pages without a request get nothing.
    """

    def __init__(self, context: Context) -> None:
        self.request: HttpRequest | None = context.get("request")
        self.kept: dict[int, bool] = context.get("kept") or {}
        self.is_signed_in = bool(self.request and self.request.user.is_authenticated)

    @cached_property
    def sign_in(self) -> str:
        path = self.request.get_full_path() if self.request else ""
        return escape(f"{reverse('account_login')}?next={quote(path)}")

    def render(self, pk: int, title: str, look: str, *, swapped: bool = False) -> SafeString:
        if self.request is None:
            return SafeString()
        if not self.is_signed_in:
            return mark_safe(render_buttons(pk, title, look).replace(SIGN_IN, self.sign_in))  # noqa: S308  (it is escaped)
        is_kept, is_favorite = pk in self.kept, self.kept.get(pk, False)
        return render_buttons(
            pk, title, look, is_signed_in=True, is_kept=is_kept, is_favorite=is_favorite, swapped=swapped
        )


@lru_cache(maxsize=8192)  # up to 1 kB each
def render_buttons(pk: int, title: str, look: str, **state: Any) -> SafeString:
    context = {"pk": pk, "title": title, "look": look, "sign_in": SIGN_IN, **state}
    return render_to_string("movies/watchlist/buttons.html", context)
