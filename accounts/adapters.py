"""Adapters of django-allauth: our messages, URLs, and the write functions that the API calls too."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account import adapter as account
from allauth.account.internal.flows.email_verification import (
    add_email_verification_sent_message,
    send_verification_email_to_address,
)
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal.flows.signup import redirect_to_signup
from allauth.socialaccount.models import SocialApp, SocialLogin
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN, User, to_nfkc
from accounts.notifications.account_mails import send_account_mail
from accounts.people import addresses, registration
from accounts.sign_in import passwords
from accounts.sign_in.browser_sessions import note_sign_in
from accounts.sign_in.credentials import Change, credentials_changed
from accounts.sign_in.known_browsers import remember_browser
from accounts.sign_in.login import MISMATCH
from common.client_ip import client_ip
from common.errors import TooManyRequests
from common.limits.requests import LimitsUnavailable, check_address
from common.limits.slots import take_slot

MESSAGES = {
    "username_taken": f"{USERNAME_TAKEN} Please choose another one.",
    "duplicate_email": "This is already your address.",
    "same_as_current": "This is already your address.",
    "username_password_mismatch": MISMATCH,
    "email_password_mismatch": MISMATCH,
    "enter_current_password": "This is not your password.",
    "incorrect_password": "This is not your password.",
    "incorrect_code": "This code is not valid. Codes change every 30 seconds.",
    "invalid_password_reset": "This link has already been used or is too old.",
}


PROVED_WITH = "account_proved_with"
CHANGES_BY_ALLAUTH = {
    "mfa/email/totp_activated": Change.SECOND_FACTOR_ON,
    "mfa/email/totp_deactivated": Change.SECOND_FACTOR_OFF,
    "mfa/email/recovery_codes_generated": Change.RECOVERY_CODES_RENEWED,
    "socialaccount/email/account_connected": Change.ACCOUNT_LINKED,
    "socialaccount/email/account_disconnected": Change.ACCOUNT_UNLINKED,
}


@contextmanager
def refusals_as_form_errors() -> Iterator[None]:
    """Raise what a limit refuses as a ValidationError, with the seconds to wait in its `params`."""
    try:
        yield
    except TooManyRequests as error:
        wait = int(error.wait or 1)
        message = f"Too many attempts. Try again {format_wait(wait)}, or reset your password."
        raise ValidationError(message, "too_many_login_attempts", {"wait": wait}) from error
    except LimitsUnavailable as error:
        raise ValidationError(error.message) from error


def format_wait(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "in a minute" if minutes == 1 else f"in {minutes} minutes"


def get_adapter() -> "AccountAdapter":
    return AccountAdapter(context.request)


class AccountAdapter(account.DefaultAccountAdapter):
    error_messages = account.DefaultAccountAdapter.error_messages | MESSAGES

    def clean_username(self, username: str, shallow: bool = False) -> str:
        return str(super().clean_username(to_nfkc(username), shallow))

    def clean_email(self, email: str) -> str:
        return to_nfkc(email).lower()

    def clean_password(self, password: str, user: Any = None) -> str:
        passwords.check_rules(password, user or User())
        return password

    def is_safe_url(self, url: str) -> bool:
        """Return whether `url` is on this site, under the host of the request and no other."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or "::"  # behind a Unix socket there is none

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt for its address, in the API's counter, instead of in allauth's, which a cache may lose."""
        with refusals_as_form_errors():
            check_address(request, "login")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        with refusals_as_form_errors():
            return super().authenticate(request, **credentials)

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """Note what the first step of the sign-in was proved with, for `login`."""
        request.session[PROVED_WITH] = user.get_session_auth_hash()
        return super().pre_login(request, user, **options)

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, unless the credentials were changed between the password and the code of the second factor."""
        proved_with = request.session.pop(PROVED_WITH, None)
        if proved_with is not None and not constant_time_compare(proved_with, user.get_session_auth_hash()):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        note_sign_in(request.session)

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Return whether allauth sends the link: not at a sign-up, when registering has sent it."""
        return not signup

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        addresses.mail_link(emailconfirmation.email_address)

    def announce_link(self, request: HttpRequest, user: User) -> None:
        """Say on the next page that registering has sent a link."""
        add_email_verification_sent_message(request, user.email, signup=True)

    def change_address(self, request: HttpRequest, user: User, email: str) -> EmailAddress:
        """Send a link to `email`, which becomes the account's address when the link is opened.

        allauth's own function would delete the current address if it is not confirmed, and leave the account without
        one.
        """
        address = addresses.request_address(user, email, request)
        send_verification_email_to_address(request, address)
        return address

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        return bool(email_address.email.lower() != email_address.user.email.lower())

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        addresses.confirm_address(email_address, request)
        message = "account/messages/email_confirmed.txt"
        self.add_message(request, messages.SUCCESS, message, {"email": email_address.email})
        return True

    def set_password(self, user: User, password: str) -> None:
        passwords.replace_password(user, password)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        remember_browser(response, user)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", args=[uid, token])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        send_account_mail(template_prefix, email, context)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """End what the change ends and tell the owner: allauth calls this after each change that it made itself.

        It does so after those of our own write functions, too, which have done this already.
        """
        if change := CHANGES_BY_ALLAUTH.get(template_prefix):
            credentials_changed(user, change, at_hand=self.request, **(context or {}))


def is_vouched_for(sociallogin: SocialLogin, email: str) -> bool:
    """Return whether the provider says that this address is the person's."""
    vouched = {to_nfkc(address.email).lower() for address in sociallogin.email_addresses if address.verified}
    return to_nfkc(email).strip().lower() in vouched


class LinkedAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": f"{EMAIL_TAKEN} Sign in with your password, then link %s on your account page.",
    }

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        """Raise Http404 for a provider without keys, where allauth would answer 500."""
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:
            raise Http404 from None

    def get_requests_session(self) -> Any:
        """Return a session that asks providers one at a time, as one may hang. Its requests raise Busy beyond that."""
        session = super().get_requests_session()
        session.request = take_slot("providers")(session.request)
        return session

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "")[:150]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Register a customer with the name and address that the form or the provider gives."""
        provided: User = sociallogin.user
        if form:
            fields = form.user_fields()
        else:
            get_adapter().populate_username(request, provided)
            fields = {
                "username": provided.username,
                "email": provided.email,
                "name": provided.name,
                "date_of_birth": None,
            }
        is_confirmed = is_vouched_for(sociallogin, fields["email"])
        try:
            with transaction.atomic():
                user = registration.register(**fields, password=None, is_confirmed=is_confirmed)
                sociallogin.user = user
                # As if it were linked: other addresses from the provider may belong to other accounts here.
                sociallogin.save(request, connect=True)
        except (ValidationError, IntegrityError) as error:
            sociallogin.user = provided
            if form:
                raise
            raise ImmediateHttpResponse(redirect_to_signup(request, sociallogin)) from error
        if not is_confirmed:
            get_adapter().announce_link(request, user)
        return user


class SecondFactorAdapter(DefaultMFAAdapter):
    """Adapter for second factors; secrets of authenticator apps are encrypted with a key derived from SECRET_KEY."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": MESSAGES["incorrect_code"],
        "unverified_email": "Confirm your email first, so that a lost phone can't lock you out.",
    }

    def encrypt(self, text: str) -> str:
        return self._cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._cipher().decrypt(encrypted_text.encode()).decode()

    @staticmethod
    def _cipher() -> Fernet:
        digest = hashlib.sha256(b"second factor:" + settings.SECRET_KEY.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(digest))
