"""Passwords: who knows theirs, and changing one."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import queries
from accounts.models import User, UserSession
from accounts.sign_in import tokens

# Far beyond any password, and short enough to hash.
MAX_LENGTH = 1000


class WrongPassword(Exception):
    """The old password that came with a change is not theirs."""


def authenticate(password: str, *, username: str | None = None, email: str | None = None) -> User | None:
    """The person with that name or address, if it is their password and the account is open.

    It takes as long for an unknown name, a closed account and a wrong password: one hash each.
    """
    user = queries.find(username=username, email=email)
    if user is None:
        make_password(password)
        return None
    verified = is_password_of(user, password)
    return user if verified and user.is_active else None


def is_password_of(user: User, password: str) -> bool:
    """Also upgrades a hash of older parameters; never over a password that was changed at the same moment."""
    before = user.password

    def upgrade(text: str) -> None:
        after = make_password(text)
        if User.objects.filter(pk=user.pk, password=before).update(password=after):
            user.password = after
        else:
            user.refresh_from_db(fields=["password"])

    if not check_password(password, before, upgrade):
        return False
    return user.password == before or check_password(password, user.password)


def check(password: str, user: User) -> None:
    """A django ValidationError with every reason why `user` may not have this password."""
    if len(password) > MAX_LENGTH:
        raise ValidationError(f"This password is longer than {MAX_LENGTH} characters.")
    validate_password(password, user)


def change(user: User, *, old: str, new: str, keep: UserSession | None = None) -> None:
    """Every sign-in ends but `keep`, of programs and on the site."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not check_password(old, locked.password):
            raise WrongPassword
        store(locked, new, keep)
    user.password = locked.password


def set_new(user: User, new: str) -> None:
    """For somebody who proved otherwise who they are, by a link that was mailed to them. Every sign-in ends."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        store(locked, new, keep=None)
    user.password = locked.password


def store(user: User, new: str, keep: UserSession | None) -> None:
    check(new, user)
    user.set_password(new)
    user.save(update_fields=["password"])
    tokens.revoke_all(user, keep=keep)
