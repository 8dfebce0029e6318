"""What every page may know of the visitor."""

from typing import Any

from django.http import HttpRequest


def visitor(request: HttpRequest) -> dict[str, Any]:
    """The theme that the visitor chose; nothing where the device decides."""
    user = getattr(request, "user", None)
    theme = user.theme if user is not None and user.is_authenticated else "system"
    return {"theme": "" if theme == "system" else theme}
