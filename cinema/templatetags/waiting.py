"""Words for places on a waiting list: `{% load waiting %}`."""

from django import template
from django.contrib.humanize.templatetags.humanize import ordinal

register = template.Library()

WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@register.filter
def place_in_words(place: int) -> str:
    """Return "second", or "12th"."""
    return WORDS[place - 1] if place <= len(WORDS) else str(ordinal(place))
