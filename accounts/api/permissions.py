"""Permissions beyond being signed in."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class IsManager(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(getattr(request.user, "is_staff", False))
