"""The parts of an account that its user may change."""

from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User, to_nfkc
from accounts.people.registration import find_field_errors
from accounts.sign_in import passwords

CHANGEABLE = {"name", "email", "date_of_birth"}


def update_with_password(user: User, current_password: str, **changes: Any) -> User:
    """Update the profile as `update_profile` does, for a request that proves itself by a token or a cookie only.

    A new address needs the password, because mails to it can reset the password. Raise WrongPassword.
    """
    address = to_nfkc(changes.get("email", user.email)).strip().lower()
    if address != user.email.lower() and not passwords.is_password_of(user, current_password):
        raise passwords.WrongPassword
    return update_profile(user, **changes)


def update_profile(user: User, **changes: Any) -> User:
    """Write these columns and no other; a new address has to be confirmed again.

    Raise ValidationError by field, and IntegrityError when the address is taken.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise ValueError(f"A profile has no such field: {', '.join(sorted(unknown))}")
    previous_email = user.email
    for field, value in changes.items():
        setattr(user, field, value)
    user.normalize()
    if errors := {field: messages for field, messages in find_field_errors(user).items() if field in changes}:
        raise ValidationError(errors)
    with transaction.atomic():
        if changes:
            user.save(update_fields=list(changes))
        if user.email.lower() != previous_email.lower():
            # The confirmation was of the previous address, which can no longer be used to sign in.
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    return user
