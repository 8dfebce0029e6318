"""Cards of films: `{% cards films level=3 %}` is a list of them, `{% card movie level=2 %}` one.

A page has up to a hundred cards, and most pages have the same ones. What a card shows is rendered once and kept by the
values that it shows: there is nothing to clear when a film changes. The buttons, which differ between visitors, are
rendered and kept apart; and whole lists by what both show.
"""

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from movies.models import Movie
from movies.queries.cards import CardFilm, card_of
from movies.templatetags.library import CARD, ButtonsOf, Mark, render_buttons

register = template.Library()

SLOT = mark_safe("<!-- buttons -->")


@register.simple_tag(takes_context=True)
def cards(context: Context, films: Iterable[Movie | CardFilm], level: int) -> SafeString:
    """Render the films, with genres prefetched, as items of a list. `level` is the heading level of their titles."""
    buttons = ButtonsOf(context)
    shown = tuple([card_of(film) for film in films])
    return buttons.add_address(render_list(shown, level, buttons.marks_of(shown)))


@register.simple_tag(takes_context=True)
def card(context: Context, movie: Movie | CardFilm, level: int, look: str = CARD) -> SafeString:
    film, buttons = card_of(movie), ButtonsOf(context)
    return buttons.add_address(render_card(film, level, look, *buttons.marks_of([film])))


@lru_cache(maxsize=64)  # 12 to 24 kB each
def render_list(films: tuple[CardFilm, ...], level: int, marks: tuple[Mark, ...]) -> SafeString:
    """Return the items of a list, for a visitor with these marks."""
    cards = (render_card(film, level, CARD, mark) for film, mark in zip(films, marks, strict=True))
    return format_html_join("\n", "<li>{}</li>", zip(cards, strict=True))


def render_card(film: CardFilm, level: int, look: str, mark: Mark) -> SafeString:
    before, after = render_face(film, level)
    return mark_safe(before + render_buttons(film.pk, film.title, look, mark) + after)  # noqa: S308  (all is escaped)


@lru_cache(maxsize=1024)  # about 1 kB each
def render_face(film: CardFilm, level: int) -> tuple[str, str]:
    """Return the card before and after its buttons."""
    context = {"movie": film, "level": level, "buttons": SLOT}
    before, _, after = render_to_string("movies/includes/card.html", context).partition(SLOT)
    return before, after
