"""Template variables about the visitor, for every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import queries
from accounts.models import User


def visitor(request: HttpRequest) -> dict[str, Any]:
    """Return `theme` and `unread_count`.

    `theme` is empty where the device decides. `unread_count` is the text of the bell, empty for none; its query runs
    only on pages that show it.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "", "unread_count": ""}
    theme = "" if user.theme == "system" else user.theme
    return {"theme": theme, "unread_count": SimpleLazyObject(lambda: _format_unread(user))}


def _format_unread(user: User) -> str:
    unread = queries.count_unread(user)
    if unread >= queries.MAX_UNREAD:
        return f"{queries.MAX_UNREAD - 1}+"
    return str(unread or "")
