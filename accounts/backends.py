"""Authentication by username or email and password, and permissions by role.

The module stays at this path: every signed-in browser's session stores "accounts.backends.RoleBackend".
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.sign_in import passwords
from common.database.kept import Parameter, kept_query


class RoleBackend(ModelBackend):
    """Django's backend, with `settings.MANAGER_PERMISSIONS` for the role "manager"."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Return the user, or None. `username` may be an email: those contain an @ and usernames do not.

        Raise TooManyRequests and LimitsUnavailable: no page that signs in can go round the limit on guesses.
        """
        if not username or not password:
            return None
        login = {"email" if "@" in username else "username": username}
        return passwords.authenticate(password, request=request, **login)

    def get_user(self, user_id: int) -> User | None:
        found = _users_with_id(pk=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        permissions = super().get_all_permissions(user_obj, obj)
        if obj is None and getattr(user_obj, "is_staff", False) and user_obj.is_manager:
            return permissions | settings.MANAGER_PERMISSIONS
        return permissions


@kept_query
def _users_with_id(*, pk: Parameter) -> QuerySet[User]:
    return User.objects.filter(pk=pk).order_by()
