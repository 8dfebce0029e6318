"""What people type about themselves. Fields and sentences only: the rules are in the writes and in `adapters.py`."""

from typing import Any

from allauth.account import forms as account
from allauth.account.fields import SetPasswordField
from allauth.account.models import EmailAddress
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.socialaccount import forms as linked
from django import forms
from django.http import HttpRequest

from accounts.adapters import get_adapter
from accounts.models import User, nfkc, validate_name
from accounts.people import registration
from accounts.sign_in import passwords

SPELLING = {"autocapitalize": "none", "spellcheck": "false"}


class Calm:
    """Labels say what a field is for, so none repeats itself inside the field."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)


class SignInForm(Calm, account.LoginForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].label = "Username or email"
        self.fields["login"].widget.attrs |= {"autocomplete": "username", **SPELLING}
        self.fields["password"].help_text = ""
        self.fields["remember"].label = "Stay signed in on this device"

    def user_credentials(self) -> dict[str, Any]:
        """Our backend tries the text as an email by itself; naming it twice would hash the password twice,
        and the longer answer would tell which addresses are known."""
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}

    def clean_login(self) -> str:
        return nfkc(super().clean_login())


class PersonFields(Calm, forms.Form):
    """What a sign-up asks besides the password."""

    name = forms.CharField(
        label="Name (optional)",
        max_length=150,
        required=False,
        validators=[validate_name],
        help_text="How we greet you.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    date_of_birth = forms.DateField(
        label="Date of birth (optional)",
        required=False,
        help_text="Only for films with an age limit: without it we cannot sell you a ticket for those.",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = "Email"
        self.fields["username"].widget.attrs |= SPELLING
        self.fields["username"].help_text = "Letters, digits and . + - _"
        self.fields["email"].help_text = "For tickets, and to let you back in when the password is lost."

    def clean_date_of_birth(self) -> Any:
        born = self.cleaned_data["date_of_birth"]
        problem = registration.find_birth_date_error(born)
        if problem:
            raise forms.ValidationError(problem)
        return born

    def person(self) -> dict[str, Any]:
        return {field: self.cleaned_data[field] for field in ("username", "email", "name", "date_of_birth")}


class SignUpForm(PersonFields, account.SignupForm):
    field_order = ["username", "email", "password1", "name", "date_of_birth"]

    def save(self, request: HttpRequest) -> User:
        user = registration.register(**self.person(), password=self.cleaned_data["password1"])
        return get_adapter().signed_up(request, user)


class LinkedSignUpForm(PersonFields, linked.SignupForm):
    """For somebody who comes from a provider that said too little, or a name that is taken."""

    field_order = ["username", "email", "name", "date_of_birth"]


class NewAddressForm(Calm, account.AddEmailForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = "New email"

    def save(self, request: HttpRequest) -> EmailAddress:
        return get_adapter().change_address(request, self.user, self.cleaned_data["email"])


class ChangePasswordForm(Calm, account.ChangePasswordForm):
    password2 = None
    password1 = SetPasswordField(label="New password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["oldpassword"].label = "Password now"
        self.fields["oldpassword"].help_text = ""

    def save(self) -> None:
        passwords.change_password(self.user, old=self.cleaned_data["oldpassword"], new=self.cleaned_data["password1"])


class SetPasswordForm(Calm, account.SetPasswordForm):
    password2 = None


class NewPasswordForm(Calm, account.ResetPasswordKeyForm):
    password2 = None


class ResetPasswordForm(Calm, account.ResetPasswordForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = "Email"


class ReauthenticateForm(Calm, account.ReauthenticateForm):
    pass


class CodeForm(Calm, second_factor.AuthenticateForm):
    pass


class CodeAgainForm(Calm, second_factor.ReauthenticateForm):
    pass


class SetUpCodeForm(Calm, ActivateTOTPForm):
    pass


class PreferencesForm(forms.Form):
    theme = forms.ChoiceField(label="Colours", choices=User.Theme.choices, widget=forms.RadioSelect)
    email_notices = forms.BooleanField(
        label="Send me news of my films by email",
        required=False,
        help_text="Mails about your tickets and about your account itself come in any case, and at once.",
    )
    notice_rhythm = forms.ChoiceField(
        label="How often",
        choices=User.NoticeRhythm.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="Once a day is in the morning, and only when there is something new.",
    )

    def clean_notice_rhythm(self) -> str:
        """Whoever says nothing keeps what they had."""
        return str(self.cleaned_data["notice_rhythm"] or self.initial["notice_rhythm"])


class DeleteAccountForm(forms.Form):
    """Asks for the password, or for the username where there is no password."""

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
            raise forms.ValidationError("That is not your username.")
        return proof
