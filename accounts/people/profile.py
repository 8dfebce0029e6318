"""The parts of an account that its user may change."""

from datetime import date
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User, to_nfkc
from accounts.people.addresses import add_address
from accounts.people.registration import find_birth_date_error, find_field_errors
from accounts.sign_in import guesses, passwords
from accounts.sign_in.credentials import AtHand, Change, credentials_changed
from common.errors import Code, Conflict, FieldError

CHANGEABLE = {"name", "email", "date_of_birth"}
DATE_OF_BIRTH_SET = "Your date of birth is set. Ask us at the box office to correct it."


def update_with_password(user: User, current_password: str, at_hand: AtHand = None, **changes: Any) -> User:
    """Update the profile as `update_profile` does, for a request that proves itself by a token or a cookie only.

    A new address needs the password, because mails to it can reset the password, and counts as a mail to confirm it.
    Raise WrongPassword, TooManyRequests and LimitsUnavailable, and as `update_profile` does.
    """
    address = to_nfkc(changes.get("email", user.email)).strip().lower()
    if address != user.email.lower():
        if not current_password:
            raise passwords.WrongPassword
        passwords.confirm_password(user, current_password)
        guesses.count_mail("confirm", user)
    return update_profile(user, at_hand=at_hand, **changes)


def update_profile(user: User, *, at_hand: AtHand = None, **changes: Any) -> User:
    """Write these columns and no other; a new address has to be confirmed again, and ends every other sign-in.

    The former address is told, and the new one gets the link that confirms it. A date of birth is set once: with
    another one changed for an evening, any film could be bought. Raise ValidationError by field, and Conflict
    (date_of_birth_set).
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise ValueError(f"A profile has no such field: {', '.join(sorted(unknown))}")
    previous_email = user.email
    for field, value in changes.items():
        setattr(user, field, value)
    user.normalize()
    if errors := {field: messages for field, messages in find_field_errors(user).items() if field in changes}:
        raise ValidationError(errors)
    _write(user, changes, previous_email, at_hand)
    return user


def _write(user: User, changes: dict[str, Any], previous_email: str, at_hand: AtHand) -> None:
    with transaction.atomic():
        if "date_of_birth" in changes:
            _set_date_of_birth(user, changes["date_of_birth"])
        if columns := [field for field in changes if field != "date_of_birth"]:
            User.objects.filter(pk=user.pk).update(**{field: getattr(user, field) for field in columns})
        if user.email.lower() != previous_email.lower():
            # The confirmation was of the previous address, which can no longer be used to sign in.
            EmailAddress.objects.filter(user=user).delete()
            credentials_changed(
                user, Change.ADDRESS_CHANGED, at_hand=at_hand, former_address=previous_email, is_new_told=False
            )
            add_address(user)


def correct_date_of_birth(user: User, born: date | None) -> User:
    """Replace or clear the date of birth, for a manager who has seen a document. Raise ValidationError by field."""
    user.date_of_birth = born
    if message := find_birth_date_error(born):
        raise ValidationError({"date_of_birth": message})
    user.save(update_fields=["date_of_birth"])
    return user


def _set_date_of_birth(user: User, born: date | None) -> None:
    """Write `born` where none is stored, in one statement that decides between two at once. Raise Conflict."""
    rows = User.objects.filter(pk=user.pk)
    if born and rows.filter(date_of_birth=None).update(date_of_birth=born):
        return
    user.date_of_birth = rows.values_list("date_of_birth", flat=True).get()
    if user.date_of_birth != born:
        raise Conflict(Code.DATE_OF_BIRTH_SET, DATE_OF_BIRTH_SET, [FieldError("date_of_birth", DATE_OF_BIRTH_SET)])
