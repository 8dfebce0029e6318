"""The address of an account: asking for another one, and confirming it by the link that is mailed there."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.sign_in.credentials import Change, credentials_changed


def request_address(user: User, email: str, at_hand: HttpRequest) -> EmailAddress:
    """Note that `email` shall become the account's address once it is confirmed, instead of one noted before.

    The present address is told, so that its owner hears of it in time. The caller mails the link.
    """
    with transaction.atomic():
        EmailAddress.objects.filter(user=user, verified=False).exclude(email__iexact=user.email).delete()
        address = EmailAddress.objects.create(user=user, email=email)
        credentials_changed(user, Change.ADDRESS_REQUESTED, at_hand=at_hand, new_address=email)
    return address


def confirm_address(address: EmailAddress, at_hand: HttpRequest) -> None:
    """Make this the account's only address, and end every other sign-in.

    The caller has made sure that the user of `at_hand` has this account. Raise IntegrityError when another account
    has the address, and EmailAddress.DoesNotExist when the change was called off at this moment.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=address.user_id)
        address = EmailAddress.objects.select_for_update().get(pk=address.pk, user=user)
        former = user.email
        user.email = address.email
        User.objects.filter(pk=user.pk).update(email=address.email)
        EmailAddress.objects.filter(user=user).exclude(pk=address.pk).delete()
        EmailAddress.objects.filter(pk=address.pk).update(verified=True, primary=True)
        if former.lower() == address.email.lower():
            credentials_changed(user, Change.ADDRESS_CONFIRMED, at_hand=at_hand)
        else:
            credentials_changed(user, Change.ADDRESS_CHANGED, at_hand=at_hand, former_address=former)
