"""Checking and changing passwords."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import queries
from accounts.models import User
from accounts.notifications.unconfirmed import send_waiting
from accounts.sign_in import guesses
from accounts.sign_in.credentials import AtHand, Change, credentials_changed
from common.client_ip import Asked

# Far longer than any password, and short enough to hash.
MAX_LENGTH = 1000


class WrongPassword(Exception):
    """The current password that came with a change is wrong."""


def authenticate(
    password: str, *, username: str | None = None, email: str | None = None, request: "Asked | None" = None
) -> User | None:
    """Return the user with this username or email if the password is right and the account is open.

    Hashes once in every case, so that an unknown user, a closed account and a wrong password take the same time.
    Raise TooManyRequests, LimitsUnavailable and Busy, for known and unknown names alike.
    """
    user = queries.find_user(username=username, email=email)
    guess = guesses.begin_guess(guesses.PASSWORD, user, email or username or "", request=request)
    with guess.checking():
        if user is None:
            make_password(password)
            return None
        is_right = is_password_of(user, password)
    if is_right and user.is_active:
        guess.succeed()
        return user
    guess.fail()
    return None


def confirm_password(user: User, password: str) -> None:
    """Check the password of a user who is signed in.

    Raise WrongPassword, TooManyRequests, LimitsUnavailable and Busy.
    """
    guess = guesses.begin_guess(guesses.PASSWORD, user, is_signed_in=True)
    with guess.checking():
        is_right = is_password_of(user, password)
    if not is_right:
        guess.fail()
        raise WrongPassword
    guess.succeed()


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


def change_password(user: User, *, old: str, new: str, at_hand: AtHand = None) -> None:
    """Change the password, and end every sign-in but the one at hand.

    Raise WrongPassword when `old` is wrong, ValidationError when `new` is not allowed, TooManyRequests and
    LimitsUnavailable.
    """
    confirm_password(user, old)
    with transaction.atomic():
        locked = _lock(user)
        if locked.password != user.password:  # another request has changed it at this moment
            raise WrongPassword
        _store(locked, new, Change.PASSWORD_CHANGED, at_hand)
    _copy(locked, user)


def set_first_password(user: User, new: str, at_hand: AtHand = None) -> None:
    """Give a password to a user who signs in through a provider.

    Raise WrongPassword when there is a password already, and ValidationError when `new` is not allowed.
    """
    with transaction.atomic():
        locked = _lock(user)
        if locked.has_usable_password():
            raise WrongPassword
        _store(locked, new, Change.PASSWORD_SET, at_hand)
    _copy(locked, user)


def reset_password(user: User, new: str) -> None:
    """Set the password of a user who opened a link that was mailed to the account's address, which confirms it.

    Raise ValidationError when `new` is not allowed, and IntegrityError when another account has confirmed the address
    since the link was mailed.
    """
    with transaction.atomic():
        locked = _lock(user)
        _store(locked, new, Change.PASSWORD_RESET)
        EmailAddress.objects.update_or_create(
            user=locked, email=locked.email, defaults={"verified": True, "primary": True}
        )
        send_waiting(locked)
    guesses.forget_guesses(user)
    _copy(locked, user)


def replace_password(user: User, new: str) -> None:
    """Set a password without being asked for the former one. Raise ValidationError when `new` is not allowed."""
    with transaction.atomic():
        locked = _lock(user)
        _store(locked, new, Change.PASSWORD_REPLACED)
    _copy(locked, user)


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _store(user: User, new: str, change: Change, at_hand: AtHand = None) -> None:
    check_rules(new, user)
    user.password = make_password(new)
    User.objects.filter(pk=user.pk).update(password=user.password)
    credentials_changed(user, change, at_hand=at_hand)


def _copy(locked: User, user: User) -> None:
    """Let the caller's object, which its session may be renewed with, have what was stored."""
    user.password, user.sign_outs = locked.password, locked.sign_outs
