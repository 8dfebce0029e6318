"""`{% keep value ... %} ... {% endkeep %}`: what is between is rendered once for values that are equal.

Django's engine takes a hundred times as long to render a part of a page as to find it again. There is nothing to clear
when something changes, as long as the tag names all that its part shows of the context; the clock is such a value too.
A row is compared by all that was loaded of it, with its related rows, and not by its id.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from types import NoneType
from typing import Any

from django import template
from django.core.signals import setting_changed
from django.db.models import Model, QuerySet
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString

register = template.Library()

PLAIN = frozenset({NoneType, bool, int, float, str, date, datetime, Decimal})

# Characters that one tag keeps: ten films' descriptions and details, or the rows of ten rooms.
MOST_KEPT = 100_000
OF_A_KEY = 200  # characters, roughly


class KeepNode(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: list[FilterExpression]) -> None:
        self.nodelist, self._values = nodelist, values
        self._kept: dict[bytes, SafeString] = {}
        self._size = 0
        setting_changed.connect(self._forget)  # weakly: it goes with its template

    def render(self, context: Context) -> SafeString:
        values = [freeze(value.resolve(context, ignore_failures=True)) for value in self._values]
        key = blake2b(repr(values).encode(), digest_size=16).digest()  # values take more than parts
        found = self._kept.get(key)
        if found is None:
            found = self.nodelist.render(context)
            self._add(key, found)
        return found

    def _add(self, key: bytes, part: SafeString) -> None:
        size = len(part) + OF_A_KEY
        if self._size + size > MOST_KEPT:
            self._forget()
        self._size += size
        self._kept[key] = part

    def _forget(self, **_: Any) -> None:
        self._kept, self._size = {}, 0


@register.tag
def keep(parser: Parser, token: Token) -> KeepNode:
    values = [parser.compile_filter(text) for text in token.split_contents()[1:]]
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(nodelist, values)


def freeze(value: Any) -> Any:
    """Return what has another `repr` than all that shows something else. TypeError for what this cannot tell of."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, dict):
        return [(freeze(key), freeze(one)) for key, one in value.items()]
    if isinstance(value, tuple | list | QuerySet):
        return [freeze(one) for one in value]
    if isinstance(value, Model):
        loaded = [(name, freeze(one)) for name, one in vars(value).items() if name != "_state"]
        return [value._meta.label, loaded, freeze(value._state.fields_cache)]  # noqa: SLF001  (what was loaded with it)
    if isinstance(value, SafeString | Enum):
        return [type(value).__name__, str(value)]
    raise TypeError(f"Parts of pages cannot be kept by a {type(value).__name__}.")
