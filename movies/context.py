"""What a page with films may know of the visitor."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from movies.queries.library import watchlist_flags


def watchlist(request: HttpRequest) -> dict[str, Any]:
    """`kept`: the visitor's watchlist as {film's id: is_favorite}, read once when the first film asks for it."""
    return {"kept": SimpleLazyObject(lambda: watchlist_flags(request.user))}
