"""Which views have answers that are the same for everybody, and from which kinds of rows these are made."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])

# In the environ of a request that the front sends without cookies and Authorization, to keep its answer for others. A
# client's headers cannot reach this name.
FINISHED = "marquee.finished"


class Declaration(NamedTuple):
    kinds: tuple[str, ...]
    """The answer is made from rows of these kinds only (see `common.finished.changes`)."""
    for_signed_in: bool
    """Whether people who are signed in get this answer as well; else each of them asks Django."""
    seconds: int | None
    """The longest that an answer is kept if it depends on the time as well; CACHE_TTL bounds all of them."""
    own_with: tuple[bytes, ...] = ()
    """Parameters with which people who are signed in ask Django all the same."""

    def serves_signed_in(self, query: bytes) -> bool:
        """Return whether they get this answer; `query` is that of the address."""
        return self.for_signed_in and not (self.own_with and _names_any(self.own_with, query))


def finished(
    *kinds: str,
    for_signed_in: bool = True,
    seconds: int | None = None,
    own_with: Sequence[str] = (),
    actions: Sequence[str] = (),
) -> Callable[[View], View]:
    """Declare that a view's answers to GET are the same for everybody who gets them.

    It decorates a function, a method, a class of views, or a viewset with these `actions`. Kept are only answers
    with 200.
    """
    declaration = Declaration(kinds, for_signed_in, seconds, tuple(name.encode() for name in own_with))

    def mark(view: View) -> View:
        if actions:
            others = getattr(view, "finished_actions", {})
            view.finished_actions = others | dict.fromkeys(actions, declaration)  # type: ignore[attr-defined]
        else:
            view.finished = declaration  # type: ignore[attr-defined]
        return view

    return mark


def _names_any(names: Sequence[bytes], query: bytes) -> bool:
    text = unquote_to_bytes(query)
    return any(name in text for name in names)


def find_declaration(view: Any) -> Declaration | None:
    """Return what the view of a route declares for GET, from the action of a viewset, a method or a class."""
    owner = getattr(view, "cls", None) or getattr(view, "view_class", None)
    action = getattr(view, "actions", {}).get("get", "get")
    if found := getattr(owner, "finished_actions", {}).get(action):
        return cast("Declaration", found)
    for marked in (getattr(owner, action, None), owner, view):
        if found := getattr(marked, "finished", None):
            return found if isinstance(found, Declaration) else None
    return None


def is_asked_for_everybody(request: HttpRequest) -> bool:
    """Return whether the answer will be kept for others: nothing in it may be of one visitor."""
    return bool(request.META.get(FINISHED))
