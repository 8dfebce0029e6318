"""Creating accounts. Registering always makes a customer; managers are appointed by username."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import queries
from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN, User, reduce_to_look, validate_date_of_birth
from accounts.people import addresses
from accounts.sign_in import passwords
from common.database.constraints import violated_name

RESERVED = "This username is kept for our staff. Please choose another one."
STAFF_NAMES = {"admin", "administrator", "manager", "moderator", "owner", "root", "staff", "support", "system"}


class UnknownUser(Exception):
    """No account has this username."""


def register(
    *,
    username: str,
    email: str,
    password: str | None,
    name: str = "",
    date_of_birth: date | None = None,
    is_confirmed: bool = False,
) -> User:
    """Create a customer, and mail the link that confirms the address; see `addresses` for one that has an account.

    `password` is None for a user who signs in through a provider, and `is_confirmed` says that the provider vouches
    for the address. Raise ValidationError by field, and IntegrityError when the username is taken, or an address that
    a provider vouches for.
    """
    user = User(username=username, email=email, name=name, date_of_birth=date_of_birth)
    return _create(user, password, is_confirmed=is_confirmed)


def register_manager(*, username: str, email: str, password: str) -> User:
    """Create a manager. Raise as `register` does."""
    return _create(User(username=username, email=email, role=User.Role.MANAGER), password)


def promote_to_manager(username: str) -> User:
    """Make the customer with this username a manager. Raise UnknownUser."""
    user = queries.find_user(username=username)
    if user is None:
        raise UnknownUser
    User.objects.filter(pk=user.pk).update(role=User.Role.MANAGER)
    user.role = User.Role.MANAGER
    return user


def find_field_errors(user: User) -> dict[str, list[Any]]:
    """Return the errors of each field but the password. Only the database can tell whether a value is taken."""
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        return dict(error.error_dict)
    return {}


def find_birth_date_error(birth_date: date | None) -> str | None:
    """Return the message for an impossible date of birth, or None."""
    try:
        if birth_date is not None:
            validate_date_of_birth(birth_date)
    except ValidationError as error:
        return str(error.messages[0])
    return None


def find_taken_field(error: IntegrityError) -> tuple[str, str] | None:
    """Return (field, message) when the error says that a username or an address is taken, or None."""
    return {
        "user_username_unique_ignoring_case": ("username", USERNAME_TAKEN),
        "user_confirmed_email_unique_ignoring_case": ("email", EMAIL_TAKEN),
        "unique_verified_email": ("email", EMAIL_TAKEN),  # allauth's own, which minds the case
    }.get(violated_name(error) or "")


def _looks_like_staff(username: str) -> bool:
    """Return whether people could take the username for one of the staff; the name of a manager is only taken."""
    look = reduce_to_look(username)
    if look in {reduce_to_look(name) for name in (*STAFF_NAMES, settings.CINEMA_NAME)}:
        return True
    managers = queries.managers().values_list("username", flat=True)
    return any(name.lower() != username.lower() and reduce_to_look(name) == look for name in managers)


def _create(user: User, password: str | None, *, is_confirmed: bool = False) -> User:
    user.normalize()
    errors = find_field_errors(user)
    if not user.is_manager and "username" not in errors and _looks_like_staff(user.username):
        errors["username"] = [ValidationError(RESERVED)]
    if password is not None:
        try:
            passwords.check_rules(password, user)
        except ValidationError as error:
            errors["password"] = error.error_list
    if errors:
        raise ValidationError(errors)
    user.set_password(password)
    with transaction.atomic():  # so that a taken username leaves the caller's transaction usable
        user.save(force_insert=True)
        addresses.add_address(user, is_confirmed=is_confirmed, is_first=True)
    return user
