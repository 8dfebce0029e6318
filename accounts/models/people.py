"""Users: their account, role and preferences."""

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, TypeAlias

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from accounts.models.names import validate_scripts

USERNAME_TAKEN = "This username is already taken."
EMAIL_TAKEN = "There is already an account with this email address."
EARLIEST_BIRTH = date(1900, 1, 1)

# No @: a username that looks like an address would be ambiguous where either may be typed.
validate_username = RegexValidator(r"^[\w.+-]+\Z", "Use only letters, digits and the characters . + - _ in a username.")
validate_name = RegexValidator(r"^[^\x00-\x1f\x7f-\x9f]*\Z", "A name cannot contain control characters.")


def validate_date_of_birth(value: date) -> None:
    if not EARLIEST_BIRTH <= value < timezone.localdate():
        raise ValidationError(f"Enter a date of birth in the past, not before {EARLIEST_BIRTH.year}.")


def to_nfkc(text: str) -> str:
    """Return the NFKC form, in which texts that look alike (full width, ligatures) are equal."""
    return unicodedata.normalize("NFKC", text)


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a customer, or another `role`. Without a password the account cannot be signed in to."""
        user = self.model(username=username, email=email, **fields)
        user.normalize()
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a superuser for `manage.py createsuperuser`, which may skip the rules. Raise ValidationError."""
        if password is not None:
            validate_password(password, self.model(username=username, email=email))
        return self.create_user(username, email, password, role=User.Role.MANAGER, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this username, ignoring case and width. Raise DoesNotExist."""
        # Lower() is what the unique index is over; `iexact` would read every row.
        return self.alias(lower=Lower("username")).get(lower=Lower(models.Value(to_nfkc(username or ""))))


class UserRole(models.TextChoices):
    CUSTOMER = "customer", "customer"
    MANAGER = "manager", "manager"


class UserTheme(models.TextChoices):
    SYSTEM = "system", "Same as my device"
    DARK = "dark", "Dark"
    LIGHT = "light", "Light"


class MailRhythm(models.TextChoices):
    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Once a day, in one mail"


class User(AbstractBaseUser, PermissionsMixin):
    Role: TypeAlias = UserRole

    Theme: TypeAlias = UserTheme

    NoticeRhythm: TypeAlias = MailRhythm

    username = models.CharField(max_length=150, validators=[validate_username, validate_scripts])
    email = models.EmailField(max_length=254, help_text="As it was given. It may be another person's until confirmed.")
    name = models.CharField(max_length=150, blank=True, validators=[validate_name, validate_scripts])
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.CUSTOMER)
    date_of_birth = models.DateField(null=True, blank=True, validators=[validate_date_of_birth])
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    email_notices = models.BooleanField(default=True)
    notice_rhythm = models.CharField(max_length=8, choices=NoticeRhythm.choices, default=NoticeRhythm.AT_ONCE)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Increasing this ends every sign-in on the site at once, as a new password does.
    sign_outs = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    # Called when `save` has changed one of these columns; `accounts.sign_in.credentials` is set here at the start.
    GUARDED_FIELDS = ("password", "email", "is_active", "role", "is_superuser")
    after_change: ClassVar[Callable[["User", dict[str, Any]], None]]
    # Called before `save` closes an account and before `delete`: see accounts.people.closing.
    before_closing: ClassVar[Callable[["User"], None]]

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_unique_ignoring_case",
                violation_error_message=USERNAME_TAKEN,
            ),
            models.CheckConstraint(condition=~models.Q(username=""), name="user_username_not_empty"),
            models.CheckConstraint(condition=models.Q(role__in=UserRole.values), name="user_role_known"),
            models.CheckConstraint(condition=models.Q(theme__in=UserTheme.values), name="user_theme_known"),
            models.CheckConstraint(
                condition=models.Q(notice_rhythm__in=MailRhythm.values), name="user_notice_rhythm_known"
            ),
            models.CheckConstraint(
                condition=models.Q(date_of_birth=None) | models.Q(date_of_birth__gte=EARLIEST_BIRTH),
                name="user_date_of_birth_possible",
            ),
        ]
        # Not unique: anyone can give any address. Confirmed ones are, by an index of the table of addresses.
        indexes = [
            models.Index(Lower("email"), name="user_email_ignoring_case"),
            models.Index("username", "id", name="user_by_name"),
        ]

    def __str__(self) -> str:
        return self.username

    @classmethod
    def from_db(cls, *args: Any, **options: Any) -> "User":
        user = super().from_db(*args, **options)
        user.remember_guarded()
        return user

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        super().refresh_from_db(*args, **options)
        self.remember_guarded()

    def save(self, *args: Any, **options: Any) -> None:
        """Save the row, and report a change of a guarded column, however it came about.

        The write functions of the site change these columns by an UPDATE and report more precisely themselves. This
        catches every other way: the admin's form, `manage.py changepassword`, a library.
        """
        before = dict(getattr(self, "_guarded", {}))
        written = set(options.get("update_fields") or self.GUARDED_FIELDS)
        with transaction.atomic(savepoint=False):
            if "is_active" in written and before.get("is_active") and not self.is_active:
                User.before_closing(self)
            super().save(*args, **options)
            self.remember_guarded()
            if changed := {
                name: value for name, value in before.items() if name in written and value != getattr(self, name)
            }:
                User.after_change(self, changed)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Delete the row with what belongs to it, after what an account gives up when it closes."""
        with transaction.atomic(savepoint=False):
            User.before_closing(self)
            return super().delete(*args, **options)

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the password. Unlike Django's, never writes: see sign_in.passwords for upgrades."""
        return raw_password is not None and check_password(raw_password, self.password)

    def remember_guarded(self) -> None:
        """Note what is stored now, for `save` to compare with."""
        self._guarded = {name: self.__dict__[name] for name in self.GUARDED_FIELDS if name in self.__dict__}

    @property
    def is_manager(self) -> bool:
        return self.role == self.Role.MANAGER

    @property
    def is_staff(self) -> bool:
        """Return whether the user may manage: a consequence of role and second factor, so not a column."""
        return self._has_staff_role and not self.lacks_second_factor

    @property
    def lacks_second_factor(self) -> bool:
        """Return whether the user could manage, but has yet to set up the second factor that managers need."""
        return self._has_staff_role and settings.REQUIRE_SECOND_FACTOR and not self.has_second_factor

    @cached_property
    def has_second_factor(self) -> bool:
        return bool(self.authenticator_set.filter(type="totp").exists())  # type: ignore[attr-defined] # of allauth

    @property
    def _has_staff_role(self) -> bool:
        return self.is_active and (self.is_manager or self.is_superuser)

    def clean_username(self) -> str:
        """Return the username in NFKC, so that two that look alike are one."""
        return to_nfkc(self.username)

    def normalize(self) -> None:
        """Normalize the username and the email. Call this before validating or storing."""
        self.username = self.clean_username()
        self.email = to_nfkc(self.email).strip().lower()

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        # As Django's own, with `sign_outs` added.
        salt = "accounts.models.User.get_session_auth_hash"
        return salted_hmac(salt, f"{self.sign_outs}:{self.password}", secret=secret, algorithm="sha256").hexdigest()
