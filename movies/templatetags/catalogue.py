"""What the catalogue's pages say about films, pages and filters."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms, template
from django.conf.locale import LANG_INFO
from django.core.paginator import Page
from django.http import QueryDict

register = template.Library()

# In the order in which their chips stand.
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
    """English name of a language code; the code itself where Django does not know it."""
    return str(LANG_INFO.get(code, {}).get("name", code.upper()))


@register.filter
def page_numbers(page: Page) -> Iterator[int | str]:
    """The numbers to link to, with an ellipsis for each gap."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


@register.simple_tag
def active_filters(form: forms.Form) -> list[Chip]:
    """The filters in force. A refused value is no filter: its error stands beside its field."""
    if not form.is_bound or not (form.is_valid() or form.cleaned_data):
        return []
    in_force = [name for name in FILTERS if form.cleaned_data.get(name) not in (None, "", [])]
    return [Chip(FILTERS[name].format(_display(form[name])), _without(form.data, name)) for name in in_force]


def _display(field: forms.BoundField) -> str:
    """What the visitor chose or typed, in the words of the form."""
    given = str(field.value())
    choices: dict[str, Any] = {str(value): label for value, label in getattr(field.field, "choices", ())}
    return str(choices.get(given, given))


def _without(data: Any, name: str) -> str:
    """`data` as a query string that lacks this field, what was left empty, and the page, which counted other films."""
    query = QueryDict(mutable=True)
    for key, values in data.lists():
        query.setlist(key, [value for value in values if value and key not in {name, "page"}])
    return f"?{query.urlencode()}"
