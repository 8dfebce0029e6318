"""Who may do what, by role."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend


class RoleBackend(ModelBackend):
    """Django's own backend, where the role "manager" brings `settings.MANAGER_PERMISSIONS` with it."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        permissions = super().get_all_permissions(user_obj, obj)
        if obj is None and user_obj.is_active and getattr(user_obj, "is_manager", False):
            return permissions | settings.MANAGER_PERMISSIONS
        return permissions
