"""What admin classes of several apps share."""

from typing import Any

from django.http import HttpRequest


class ReadOnlyAdmin:
    """For rows that are written by a program: everybody with the permission may look, nobody may change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
