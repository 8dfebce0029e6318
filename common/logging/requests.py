"""Requests in log lines: their route instead of their address, because addresses open things.

A reset link, a ticket, a calendar feed: who reads the address in the log has what it opens. So the log names the route,
shows numbers, and hides every other part of the path and the whole query. The trace id finds the rest.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from urllib.parse import parse_qsl

from django.conf import settings
from django.contrib.admindocs import utils as patterns
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.encoding import escape_uri_path

NO_ROUTE = "<no route>"
HIDDEN_QUERY = "?<query>"
# Longer numbers are no ids.
MAX_DIGITS = 12
# Shorter parts of an address are words rather than secrets, and stand in other texts as well.
MIN_SECRET = 8
MAX_VALUES = 50  # of a query


class _Address:
    """The address of a request, with its parts that no line may quote; most requests log nothing that asks for them."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def hidden_parts(self) -> list[tuple[str, str]]:
        return list(_hidden_parts(self.request))


_current: ContextVar[_Address | None] = ContextVar("current_address", default=None)


@contextmanager
def current_request(request: HttpRequest) -> Iterator[None]:
    """Hide the address of `request` in every line that is logged in this context."""
    token = _current.set(_Address(request))
    try:
        yield
    finally:
        _current.reset(token)


def describe_request(request: HttpRequest) -> str:
    """Return method and route, such as "GET /tickets/<code>/" or "GET /movies/12-<slug>/"."""
    return f"{request.method} {describe_path(request)}"


def describe_path(request: HttpRequest) -> str:
    path = request.path_info
    if path.startswith(settings.STATIC_URL):
        return path
    match = _find_route(request)
    if match is None:
        return NO_ROUTE
    return re.sub(r"<(\w+)>", lambda found: _show(found[1], match), _simplify(match.route))


def hide_address(text: str) -> str:
    """Replace what `text` quotes of the address of the current request."""
    address = _current.get()
    for part, shown in address.hidden_parts if address else ():
        text = text.replace(part, shown)
    return text


def _hidden_parts(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Yield (part of the address, replacement), the whole before its parts."""
    shown, query = describe_path(request), request.META.get("QUERY_STRING", "")
    if query:
        yield f"?{query}", HIDDEN_QUERY
        yield query, HIDDEN_QUERY
    if shown != request.path and len(request.path) > 1:
        yield escape_uri_path(request.path), shown
        yield request.path, shown
    match = _find_route(request)
    values = {str(value): f"<{name}>" for name, value in match.kwargs.items()} if match else {}
    values |= dict.fromkeys((value for _, value in parse_qsl(query)[:MAX_VALUES]), "<query>")
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= MIN_SECRET and not _is_number(value):
            yield value, values[value]


def _find_route(request: HttpRequest) -> ResolverMatch | None:
    if request.resolver_match:
        return request.resolver_match
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def _show(name: str, match: ResolverMatch) -> str:
    value = str(match.kwargs.get(name, ""))
    return value if _is_number(value) else f"<{name}>"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS


@lru_cache(maxsize=1_000)
def _simplify(route: str) -> str:
    """Return a route of `path` or `re_path` as a path with <names>."""
    text = re.sub(r"<\w+:(\w+)>", r"<\1>", route)
    text = patterns.replace_named_groups(patterns.remove_non_capturing_groups(text))
    text = patterns.replace_metacharacters(patterns.replace_unnamed_groups(text))
    return "/" + text.lstrip("/")
