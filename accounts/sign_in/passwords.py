"""Checking and changing passwords."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import queries
from accounts.models import User, UserSession
from accounts.sign_in import tokens

# Far longer than any password, and short enough to hash.
MAX_LENGTH = 1000


class WrongPassword(Exception):
    """The current password that came with a change is wrong."""


def authenticate(password: str, *, username: str | None = None, email: str | None = None) -> User | None:
    """Return the user with this username or email if the password is right and the account is open.

    Hashes once in every case, so that an unknown user, a closed account and a wrong password take the same time.
    """
    user = queries.find_user(username=username, email=email)
    if user is None:
        make_password(password)
        return None
    verified = is_password_of(user, password)
    return user if verified and user.is_active else None


def is_password_of(user: User, password: str) -> bool:
    """Return whether this is the user's password.

    Upgrades a hash with older parameters, but never overwrites a password that was changed at the same moment.
    """
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


def check_rules(password: str, user: User) -> None:
    """Raise ValidationError with every reason why `user` may not have this password."""
    if len(password) > MAX_LENGTH:
        raise ValidationError(f"This password is longer than {MAX_LENGTH} characters.")
    validate_password(password, user)


def change_password(user: User, *, old: str, new: str, keep: UserSession | None = None) -> None:
    """Change password and end every sign-in but `keep`, of programs and on the site.

    Raise WrongPassword when `old` is wrong, and ValidationError when `new` is not allowed.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not check_password(old, locked.password):
            raise WrongPassword
        _store(locked, new, keep)
    user.password = locked.password


def reset_password(user: User, new: str) -> None:
    """Set password of a user who opened a link that was mailed to them, and end every sign-in.

    Raise ValidationError when `new` is not allowed.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _store(locked, new, keep=None)
    user.password = locked.password


def _store(user: User, new: str, keep: UserSession | None) -> None:
    check_rules(new, user)
    user.set_password(new)
    user.save(update_fields=["password"])
    tokens.revoke_all(user, keep=keep)
