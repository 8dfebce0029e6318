"""Cards of films: `{% cards films level=3 %}` is a list of them, `{% card movie level=2 %}` one.

A page has up to a hundred cards, and most pages have the same ones. What a card shows is rendered once and kept by the
values that it shows: there is nothing to clear when a film changes. The buttons, which differ between visitors, are
rendered and kept apart.
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
from movies.templatetags.library import CARD, ButtonsOf

register = template.Library()

SLOT = mark_safe("<!-- buttons -->")


@register.simple_tag(takes_context=True)
def cards(context: Context, films: Iterable[Movie | CardFilm], level: int) -> SafeString:
    """Render the films, with genres prefetched, as items of a list. `level` is the heading level of their titles."""
    buttons = ButtonsOf(context)
    return format_html_join("\n", "<li>{}</li>", ((render_card(card_of(film), level, buttons),) for film in films))


@register.simple_tag(takes_context=True)
def card(context: Context, movie: Movie | CardFilm, level: int, look: str = CARD) -> SafeString:
    return render_card(card_of(movie), level, ButtonsOf(context), look)


def render_card(film: CardFilm, level: int, buttons: ButtonsOf, look: str = CARD) -> SafeString:
    before, after = render_face(film, level)
    return mark_safe(before + buttons.render(film.pk, film.title, look) + after)  # noqa: S308  (templates escaped all)


@lru_cache(maxsize=4096)  # about 1 kB each
def render_face(film: CardFilm, level: int) -> tuple[str, str]:
    """Return the card before and after its buttons."""
    context = {"movie": film, "level": level, "buttons": SLOT}
    before, _, after = render_to_string("movies/includes/card.html", context).partition(SLOT)
    return before, after
