"""The address of an account: the one given, asking for another one, and confirming it by the link that is mailed there.

Any number of accounts may give an address, and one of them can confirm it: the unique index
`user_confirmed_email_unique_ignoring_case` decides. So no answer tells whether an address has an account.
"""

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts import queries
from accounts.models import User
from accounts.notifications.account_mails import send_account_mail
from accounts.notifications.unconfirmed import send_waiting
from accounts.sign_in.credentials import Change, credentials_changed


def add_address(user: User, *, is_confirmed: bool = False, is_first: bool = False) -> None:
    """Store the address that the account was given, as its only one, and mail the link that confirms it.

    With `is_confirmed` a provider vouches for it: raise IntegrityError when another account has confirmed it. The mail
    of an account's first one is a welcome.
    """
    with transaction.atomic():
        address = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=is_confirmed)
        if not is_confirmed:
            mail_link(address, is_first=is_first)


def mail_link(address: EmailAddress, *, is_first: bool = False) -> None:
    """Mail the link that confirms the address, or tell the owner of an address that another account has confirmed.

    Those who asked for the link cannot tell which it was. The owner is told once a day.
    """
    owner = queries.find_user(email=address.email)
    if owner is not None and owner.pk != address.user_id:
        digest = salted_hmac("accounts.known_address", owner.email, algorithm="sha256").hexdigest()
        if cache.add(f"known-address:{digest}", 1, 86_400):
            send_account_mail("account/email/account_already_exists", owner.email, {"user": owner})
        return
    path = reverse("account_confirm_email", args=[EmailConfirmationHMAC.create(address).key])
    template = "account/email/email_confirmation_signup" if is_first else "account/email/email_confirmation"
    send_account_mail(template, address.email, {"user": address.user, "activate_url": settings.PUBLIC_URL + path})


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
    has confirmed the address, and EmailAddress.DoesNotExist when the change was called off at this moment.
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
        send_waiting(user)
