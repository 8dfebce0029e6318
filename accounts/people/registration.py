"""Becoming somebody here. Whoever registers is a customer; managers are made by name."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import queries
from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN, User, validate_date_of_birth
from accounts.sign_in import passwords
from common.constraints import violated


class NoSuchPerson(Exception):
    """Nobody has this name."""


def register(
    *, username: str, email: str, password: str | None, name: str = "", date_of_birth: date | None = None
) -> User:
    """A new customer. `password` is None for somebody who signs in through a provider.

    Raises django's ValidationError by field, and IntegrityError where the name or the address is taken.
    """
    return create(User(username=username, email=email, name=name, date_of_birth=date_of_birth), password)


def register_manager(*, username: str, email: str, password: str) -> User:
    return create(User(username=username, email=email, role=User.Role.MANAGER), password)


def promote(username: str) -> User:
    """Makes the customer of that name a manager."""
    user = queries.find(username=username)
    if user is None:
        raise NoSuchPerson
    User.objects.filter(pk=user.pk).update(role=User.Role.MANAGER)
    user.role = User.Role.MANAGER
    return user


def create(user: User, password: str | None) -> User:
    user.normalize()
    errors = field_errors(user)
    if password is not None:
        try:
            passwords.check(password, user)
        except ValidationError as error:
            errors["password"] = error.error_list
    if errors:
        raise ValidationError(errors)
    user.set_password(password)
    with transaction.atomic():  # so that a name that is taken leaves the caller's transaction usable
        user.save(force_insert=True)
    return user


def field_errors(user: User) -> dict[str, list[Any]]:
    """What is wrong with what was typed; whether it is taken, only the database can say."""
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        return dict(error.error_dict)
    return {}


def birth_problem(born: date | None) -> str | None:
    try:
        if born is not None:
            validate_date_of_birth(born)
    except ValidationError as error:
        return str(error.messages[0])
    return None


def taken(error: IntegrityError) -> tuple[str, str] | None:
    """(field, sentence) where `error` says that a name or an address is taken already."""
    return {
        "user_username_unique_ignoring_case": ("username", USERNAME_TAKEN),
        "user_email_unique_ignoring_case": ("email", EMAIL_TAKEN),
    }.get(violated(error) or "")
