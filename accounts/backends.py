"""Who somebody is, by name or address and password; and who may do what, by role."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.sign_in import passwords


class RoleBackend(ModelBackend):
    """Django's own backend, where the role "manager" brings `settings.MANAGER_PERMISSIONS` with it."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Pages have one field for both: no username holds an @, and every address does."""
        if not username or not password:
            return None
        return passwords.authenticate(password, **{"email" if "@" in username else "username": username})

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        permissions = super().get_all_permissions(user_obj, obj)
        if obj is None and user_obj.is_active and getattr(user_obj, "is_manager", False):
            return permissions | settings.MANAGER_PERMISSIONS
        return permissions
