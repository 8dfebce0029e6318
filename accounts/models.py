"""People: who they are and what they may do."""

import unicodedata
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> "User":
        """A saved customer, unless `role` says otherwise; without a password nobody can sign in as them."""
        user = self.model(username=username, email=email, **fields)
        user.username = user.clean_username()
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, email, password, role=User.Role.MANAGER, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Usernames differ by more than case, so signing in ignores case."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    class Role(models.TextChoices):
        CUSTOMER = "customer", "customer"
        MANAGER = "manager", "manager"

    username = models.CharField(max_length=150, validators=[UnicodeUsernameValidator()])
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.CUSTOMER)
    date_of_birth = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique_ignoring_case"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_ignoring_case"),
            models.CheckConstraint(condition=~models.Q(username=""), name="user_username_not_empty"),
            models.CheckConstraint(condition=models.Q(role__in=["customer", "manager"]), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_manager(self) -> bool:
        return self.role == self.Role.MANAGER

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets them in: a consequence of the role, so never a column of its own."""
        return self.is_active and (self.is_manager or self.is_superuser)

    def clean_username(self) -> str:
        """NFKC: two names that look alike on a screen are one name."""
        return unicodedata.normalize("NFKC", self.username)
