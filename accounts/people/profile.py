"""What people may change about themselves."""

from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User, nfkc
from accounts.people.registration import field_errors
from accounts.sign_in import passwords

CHANGEABLE = {"name", "email", "date_of_birth"}


def update_with_password(user: User, current_password: str, **changes: Any) -> User:
    """As `update`, for somebody who only holds a token or a cookie.

    A new address needs the password: whoever reads the mails sent there can reset it. Raises WrongPassword.
    """
    address = nfkc(changes.get("email", user.email)).strip().lower()
    if address != user.email.lower() and not passwords.is_password_of(user, current_password):
        raise passwords.WrongPassword
    return update(user, **changes)


def update(user: User, **changes: Any) -> User:
    """Writes those columns and no other.

    Raises django's ValidationError by field, and IntegrityError where the address is taken.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise ValueError(f"Not for people to change: {', '.join(sorted(unknown))}")
    before = user.email
    for field, value in changes.items():
        setattr(user, field, value)
    user.normalize()
    if errors := {field: messages for field, messages in field_errors(user).items() if field in changes}:
        raise ValidationError(errors)
    with transaction.atomic():
        if changes:
            user.save(update_fields=list(changes))
        if user.email.lower() != before.lower():
            # What was confirmed was the other address, which can no longer let anybody in.
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    return user
