"""Permissions of the cinema's part of the API."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.api.permissions import IsManager


class ManagersWrite(IsManager):
    """Managers may write. All may read, signed in or not."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or super().has_permission(request, view)
