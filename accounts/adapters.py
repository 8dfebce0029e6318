"""Where django-allauth asks us: words, addresses, and the write functions that the API calls as well."""

import base64
import hashlib
from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account import adapter as account
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.account.utils import setup_user_email
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal.flows.signup import redirect_to_signup
from allauth.socialaccount.models import SocialApp, SocialLogin
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN, User, nfkc
from accounts.people import registration
from accounts.sign_in import passwords
from common.client_ip import client_ip
from common.errors import TooManyRequests
from common.limits.requests import LimitsUnavailable, check_credential_limit

log = structlog.get_logger(__name__)

SENTENCES = {
    "username_taken": f"{USERNAME_TAKEN} Choose another one.",
    "email_taken": f"{EMAIL_TAKEN} Sign in, or let us send you a new password.",
    "duplicate_email": "That is your address already.",
    "same_as_current": "That is your address already.",
    "username_password_mismatch": "We know no such username or email with this password.",
    "email_password_mismatch": "We know no such username or email with this password.",
    "too_many_login_attempts": "Too many attempts. Wait five minutes, then try again.",
    "enter_current_password": "That is not your password.",
    "incorrect_password": "That is not your password.",
    "incorrect_code": "That code is not right. Codes change every half minute.",
    "invalid_password_reset": "This link was used already, or is too old.",
}


def get_adapter() -> "AccountAdapter":
    return AccountAdapter(context.request)


class AccountAdapter(account.DefaultAccountAdapter):
    error_messages = account.DefaultAccountAdapter.error_messages | SENTENCES

    def clean_username(self, username: str, shallow: bool = False) -> str:
        return str(super().clean_username(nfkc(username), shallow))

    def clean_email(self, email: str) -> str:
        return nfkc(email)

    def clean_password(self, password: str, user: Any = None) -> str:
        passwords.check_rules(password, user or User())
        return password

    def is_safe_url(self, url: str) -> bool:
        """Only this site, by the name it was asked under: no other host of ours, and nobody else's."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or "::"  # behind a Unix socket there is none

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """The API's counters besides allauth's own: trying at one door uses up what is left at the other."""
        try:
            check_credential_limit(request, "login", credentials.get("username", ""))
        except TooManyRequests as error:
            raise self.validation_error("too_many_login_attempts") from error
        except LimitsUnavailable as error:
            raise ValidationError(error.message) from error
        super().pre_authenticate(request, **credentials)

    def signed_up(self, request: HttpRequest, user: User) -> User:
        """Lets allauth know the address, which it then asks to be confirmed."""
        setup_user_email(request, user, [EmailAddress(email=user.email)])
        return user

    def change_address(self, request: HttpRequest, user: User, email: str) -> EmailAddress:
        """Sends a link to `email`, which becomes theirs when it is opened. allauth's own way would take away an
        address that is not confirmed yet, and leave the account without any."""
        with transaction.atomic():
            EmailAddress.objects.filter(user=user, verified=False).exclude(email__iexact=user.email).delete()
            address = EmailAddress.objects.create(user=user, email=email)
        send_verification_email_to_address(request, address)
        return address

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        return bool(email_address.email.lower() != email_address.user.email.lower())

    def set_password(self, user: User, password: str) -> None:
        passwords.reset_password(user, password)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", args=[uid, token])

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.PUBLIC_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links are those of PUBLIC_URL, whatever Host the request named. What cannot be sent is logged, and the
        page goes on: every mail here can be asked for again."""
        own = {"cinema": settings.CINEMA_NAME, "public_url": settings.PUBLIC_URL}
        try:
            super().send_mail(template_prefix, email, context | own)
        except (OSError, SMTPException) as error:
            log.error("mail_not_sent", template=template_prefix, reason=type(error).__name__)


class LinkedAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": f"{EMAIL_TAKEN} Sign in to it, then link %s on your account page.",
    }

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        """A provider without keys is not there; allauth alone would answer 500 to somebody who guesses its address."""
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:
            raise Http404 from None

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "")[:150]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A customer, made by the one function that makes customers, of nothing but name and address."""
        said: User = sociallogin.user
        if form:
            person = form.person()
        else:
            get_adapter().populate_username(request, said)
            person = {"username": said.username, "email": said.email, "name": said.name, "date_of_birth": None}
        try:
            user = sociallogin.user = registration.register(**person, password=None)
        except (ValidationError, IntegrityError) as error:
            if form:
                raise
            raise ImmediateHttpResponse(redirect_to_signup(request, sociallogin)) from error
        # What the provider says of other addresses is not asked for; one of them may be somebody else's here.
        sociallogin.email_addresses = [
            address for address in sociallogin.email_addresses if address.email.lower() == user.email.lower()
        ] or [EmailAddress(email=user.email, primary=True)]
        sociallogin.save(request)
        return sociallogin.user


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are encrypted at rest with a key that SECRET_KEY gives."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": SENTENCES["incorrect_code"],
        "unverified_email": "First confirm your email, so that a lost phone cannot lock you out.",
    }

    def encrypt(self, text: str) -> str:
        return self.cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self.cipher().decrypt(encrypted_text.encode()).decode()

    @staticmethod
    def cipher() -> Fernet:
        digest = hashlib.sha256(b"second factor:" + settings.SECRET_KEY.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(digest))
