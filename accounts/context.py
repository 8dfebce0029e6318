"""What every page may know of the visitor."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import queries
from accounts.models import User


def visitor(request: HttpRequest) -> dict[str, Any]:
    """`theme`: the one that they chose; nothing where the device decides. `unread_notices`: what the bell shows, asked
    for when a page shows it; an empty text for none."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "", "unread_notices": ""}
    theme = "" if user.theme == "system" else user.theme
    return {"theme": theme, "unread_notices": SimpleLazyObject(lambda: counted(user))}


def counted(user: User) -> str:
    unread = queries.count_unread(user)
    if unread >= queries.MAX_UNREAD:
        return f"{queries.MAX_UNREAD - 1}+"
    return str(unread or "")
