"""Forms of the account pages. Fields and texts only: the rules are in the write functions and in `adapters.py`."""

from typing import Any

from allauth.account import forms as account
from allauth.account.fields import SetPasswordField
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.socialaccount import forms as linked
from django import forms
from django.http import HttpRequest

from accounts import queries
from accounts.adapters import get_adapter, is_vouched_for, refusals_as_form_errors
from accounts.models import User, to_nfkc, validate_name, validate_scripts
from accounts.people import registration
from accounts.sign_in import guesses, passwords

SPELLING = {"autocapitalize": "none", "spellcheck": "false"}
MAX_RESETS = 3  # accounts that one request mails links for, where none has confirmed the address


class WithoutPlaceholders:
    """Mixin that removes allauth's placeholders, which repeat the labels."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)


class SignInForm(WithoutPlaceholders, account.LoginForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].label = "Username or email"
        self.fields["login"].widget.attrs |= {"autocomplete": "username", **SPELLING}
        self.fields["password"].help_text = ""
        self.fields["remember"].label = "Stay signed in on this device"

    def user_credentials(self) -> dict[str, Any]:
        """Return the credentials once: our backend accepts an email as the username.

        Trying both would hash the password twice, and the longer response would tell which addresses exist.
        """
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}

    def clean_login(self) -> str:
        return to_nfkc(super().clean_login())


class UserFields(WithoutPlaceholders, forms.Form):
    """Fields of a sign-up besides the password."""

    name = forms.CharField(
        label="Name (optional)",
        max_length=150,
        required=False,
        validators=[validate_name, validate_scripts],
        help_text="How we address you.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    date_of_birth = forms.DateField(
        label="Date of birth (optional)",
        required=False,
        help_text="Needed only to buy tickets for films with an age limit. You can set it only once.",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = "Email"
        self.fields["username"].widget.attrs |= SPELLING
        self.fields["username"].help_text = "Letters, digits and . + - _"
        self.fields["email"].help_text = "For your tickets, and to reset a forgotten password."

    def clean_date_of_birth(self) -> Any:
        birth_date = self.cleaned_data["date_of_birth"]
        error = registration.find_birth_date_error(birth_date)
        if error:
            raise forms.ValidationError(error)
        return birth_date

    def user_fields(self) -> dict[str, Any]:
        return {field: self.cleaned_data[field] for field in ("username", "email", "name", "date_of_birth")}


class SignUpForm(UserFields, account.SignupForm):
    field_order = ["username", "email", "password1", "name", "date_of_birth"]

    def save(self, request: HttpRequest) -> User:
        user = registration.register(**self.user_fields(), password=self.cleaned_data["password1"])
        get_adapter().announce_link(request, user)
        return user


class LinkedSignUpForm(UserFields, linked.SignupForm):
    """Sign-up of a user from a provider that gave no email, or a username that is taken."""

    field_order = ["username", "email", "name", "date_of_birth"]

    def validate_unique_email(self, value: str) -> str:
        """Tell of an account with this address only those who have it, as their provider says."""
        if is_vouched_for(self.sociallogin, value) and queries.find_user(email=value):
            raise linked.get_adapter().validation_error("email_taken", self.sociallogin.provider.name)
        return value


class NewAddressForm(WithoutPlaceholders, account.AddEmailForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = "New email"

    def save(self, request: HttpRequest) -> EmailAddress:
        return get_adapter().change_address(request, self.user, self.cleaned_data["email"])


class ChangePasswordForm(WithoutPlaceholders, account.ChangePasswordForm):
    password2 = None
    password1 = SetPasswordField(label="New password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["oldpassword"].label = "Current password"
        self.fields["oldpassword"].help_text = ""

    def clean_oldpassword(self) -> str:
        """Return it unchecked: the write function checks it, under the lock of the row."""
        return str(self.cleaned_data["oldpassword"])

    def save(self) -> None:
        old, new = self.cleaned_data["oldpassword"], self.cleaned_data["password1"]
        passwords.change_password(self.user, old=old, new=new, at_hand=context.request)


class SetPasswordForm(WithoutPlaceholders, account.SetPasswordForm):
    password2 = None

    def save(self) -> None:
        passwords.set_first_password(self.user, self.cleaned_data["password1"], at_hand=context.request)


class NewPasswordForm(WithoutPlaceholders, account.ResetPasswordKeyForm):
    password2 = None

    def save(self) -> None:
        passwords.reset_password(self.user, self.cleaned_data["password1"])


class ResetPasswordForm(WithoutPlaceholders, account.ResetPasswordForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = "Email"

    def clean_email(self) -> str:
        """Find the account that has confirmed the address, or else the newest that have given it: the mail proves it.

        Only an account's own address counts. allauth would also send the link to one that is to replace it, to those
        who have entered it.
        """
        email = str(self.cleaned_data["email"])
        owner = queries.find_user(email=email)
        users = [owner] if owner else queries.users_with_address(email)[:MAX_RESETS]
        self.users = [user for user in users if user.is_active]
        return email


class ReauthenticateForm(WithoutPlaceholders, account.ReauthenticateForm):
    pass


class LimitedCode(WithoutPlaceholders):
    """Mixin that counts guesses of the second factor with those of the API; allauth's own limit is in the cache."""

    user: User

    def clean_code(self) -> str:
        with refusals_as_form_errors():
            guess = guesses.begin_guess(guesses.CODE, self.user, request=context.request)
            try:
                code = str(super().clean_code())  # type: ignore[misc]
            except forms.ValidationError:
                guess.fail()
                raise
            guess.succeed()
        return code


class CodeForm(LimitedCode, second_factor.AuthenticateForm):
    pass


class CodeAgainForm(LimitedCode, second_factor.ReauthenticateForm):
    pass


class SetUpCodeForm(WithoutPlaceholders, ActivateTOTPForm):
    pass


class PreferencesForm(forms.Form):
    theme = forms.ChoiceField(label="Colours", choices=User.Theme.choices, widget=forms.RadioSelect)
    email_notices = forms.BooleanField(
        label="Email me about my films",
        required=False,
        help_text="We always email you about your tickets and your account, right away.",
    )
    notice_rhythm = forms.ChoiceField(
        label="How often",
        choices=User.NoticeRhythm.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="The daily email comes in the morning, and only when there is something new.",
    )

    def clean_notice_rhythm(self) -> str:
        """Return the choice, or the stored one when none was sent."""
        return str(self.cleaned_data["notice_rhythm"] or self.initial["notice_rhythm"])


class DeleteAccountForm(forms.Form):
    """Confirmation by the password, or by the username of an account without one."""

    proof = forms.CharField(strip=False, max_length=4096)

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        if user.has_usable_password():
            self.fields["proof"].label = "Your password"
            self.fields["proof"].widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        else:
            self.fields["proof"].label = f"Type your username, {user.username}"

    def clean_proof(self) -> str:
        proof: str = self.cleaned_data["proof"]
        if self.user.has_usable_password():
            if not get_adapter().reauthenticate(self.user, proof):
                raise get_adapter().validation_error("incorrect_password")
        elif proof.strip() != self.user.username:
            raise forms.ValidationError("This is not your username.")
        return proof
