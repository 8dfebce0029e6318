"""Context processors of pages with films."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from movies.queries.library import watchlist_flags


def watchlist(request: HttpRequest) -> dict[str, Any]:
    """Add `kept`: the visitor's watchlist as {film's id: is_favorite}, read once and only if a film uses it."""
    return {"kept": SimpleLazyObject(lambda: watchlist_flags(request.user))}
