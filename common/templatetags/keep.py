"""`{% keep value ... %} ... {% endkeep %}`: what is between is rendered once for values that are equal.

Django's engine takes a hundred times as long to render a part of a page as to find it again. There is nothing to clear
when something changes, as long as the tag names all that its part shows of the context; the clock is such a value too.
A row is compared by all that was loaded of it, with its related rows, and not by its id.
"""

from typing import Any

from django import template
from django.core.signals import setting_changed
from django.db.models import Model, QuerySet
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString

register = template.Library()

# Of one tag: some 4 kB each, and 1 MB of all tags of the pages that show films.
MOST_KEPT = 48


class KeepNode(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: list[FilterExpression]) -> None:
        self.nodelist, self._values = nodelist, values
        self._kept: dict[tuple[Any, ...], SafeString] = {}
        setting_changed.connect(self._forget)  # weakly: it goes with its template

    def render(self, context: Context) -> SafeString:
        key = tuple([freeze(value.resolve(context, ignore_failures=True)) for value in self._values])
        found = self._kept.get(key)
        if found is None:
            found = self.nodelist.render(context)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _forget(self, **_: Any) -> None:
        self._kept.clear()


@register.tag
def keep(parser: Parser, token: Token) -> KeepNode:
    values = [parser.compile_filter(text) for text in token.split_contents()[1:]]
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(nodelist, values)


def freeze(value: Any) -> Any:
    """Return something that equals another only if both show the same."""
    if isinstance(value, dict):
        return tuple([(key, freeze(one)) for key, one in value.items()])
    if isinstance(value, tuple | list | QuerySet):
        return tuple([freeze(one) for one in value])
    if isinstance(value, Model):
        loaded = [(name, freeze(one)) for name, one in vars(value).items() if name != "_state"]
        return (type(value), *loaded, freeze(value._state.fields_cache))  # noqa: SLF001  (no public way to what was loaded)
    # True is 1, and a text that is safe equals the same text that has to be escaped.
    return type(value), value
