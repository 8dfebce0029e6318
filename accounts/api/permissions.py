"""Permissions beyond being signed in."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.sign_in import second_factor


class IsManager(BasePermission):
    """Let managers in. Raises NotAllowed for one who has yet to set up the second factor."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.user.is_authenticated:
            second_factor.check_set_up(request.user)
        return bool(getattr(request.user, "is_staff", False))
