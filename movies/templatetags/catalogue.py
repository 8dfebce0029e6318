"""Tags and filters for languages, pages and active filters."""

from typing import Any, NamedTuple

from django import forms, template
from django.conf.locale import LANG_INFO
from django.http import QueryDict

register = template.Library()

# In the order of their chips.
FILTERS = {
    "query": "“{}”",
    "genre": "{}",
    "year_min": "From {}",
    "year_max": "Until {}",
    "rating_min": "Rated {} or more",
    "age_max": "Suitable for: {}",
}


class Chip(NamedTuple):
    label: str
    href: str  # the same list without this filter


@register.filter
def language_name(code: str) -> str:
    """Return the English name of a language code, or the code itself if Django lacks the name."""
    return str(LANG_INFO.get(code, {}).get("name", code.upper()))


@register.simple_tag
def active_filters(form: forms.Form) -> list[Chip]:
    """Return the active filters. Invalid values are not filters; their errors are shown at their fields."""
    if not form.is_bound or not (form.is_valid() or form.cleaned_data):
        return []
    active = [name for name in FILTERS if form.cleaned_data.get(name) not in (None, "", [])]
    return [Chip(FILTERS[name].format(_display(form[name])), _without(form.data, name)) for name in active]


def _display(field: forms.BoundField) -> str:
    """Return what the visitor chose or typed, as the form displays it."""
    value = str(field.value())
    choices: dict[str, Any] = {str(choice): label for choice, label in getattr(field.field, "choices", ())}
    return str(choices.get(value, value))


def _without(data: Any, name: str) -> str:
    """Return `data` as a query string without this field, empty fields and the page number."""
    query = QueryDict(mutable=True)
    for key, values in data.lists():
        query.setlist(key, [value for value in values if value and key not in {name, "page"}])
    return f"?{query.urlencode()}"
