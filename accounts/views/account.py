"""The pages of an account, and the pages of django-allauth that we extend."""

import json
from http import HTTPStatus
from typing import Any

from allauth.account import views as account
from allauth.account.internal.flows.logout import logout
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount import views as linked
from allauth.socialaccount.adapter import get_adapter as get_linked_adapter
from allauth.socialaccount.internal.flows.signup import redirect_to_signup
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import queries
from accounts.adapters import refusals_as_form_errors
from accounts.forms import DeleteAccountForm, PreferencesForm
from accounts.models import User
from accounts.people import closing, preferences, registration
from accounts.people import export as data_export
from accounts.people.requests import MemberRequest, signed_in_user
from accounts.sign_in import guesses, passwords, sign_ins
from accounts.sign_in.known_browsers import remember_browser
from common.errors import TooManyRequests
from common.http.error_pages import too_many_requests
from common.limits.costs import costs
from common.limits.requests import LimitsUnavailable, check_address, check_credential_limit


class SignInView(account.LoginView):
    def form_invalid(self, form: Any) -> HttpResponse:
        response = self.render_to_response(self.get_context_data(form=form))
        for error in form.errors.as_data().get("__all__", []):
            if error.code == "too_many_login_attempts":
                response.status_code, response["Retry-After"] = HTTPStatus.TOO_MANY_REQUESTS, str(error.params["wait"])
        return response


class AttemptLimitMixin:
    """Mixin that counts every attempt in the counters of the API.

    allauth's own limits are in the cache, which may lose them.
    """

    scope = ""

    def count_attempt(self, request: HttpRequest) -> None:
        check_credential_limit(request, self.scope, request.POST.get("email", ""))

    def post(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        try:
            self.count_attempt(request)
        except TooManyRequests as error:
            return too_many_requests(request, wait=int(error.wait or 1))
        except LimitsUnavailable as error:
            form = self.get_form()  # type: ignore[attr-defined]
            form.full_clean()
            form.add_error(None, error.message)
            return self.form_invalid(form)  # type: ignore[attr-defined]
        return super().post(request, *args, **options)  # type: ignore[misc]


class WriteErrorsMixin:
    """Mixin that shows errors of the write function, such as a username that was taken at the same moment."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except ValidationError as error:
            for field, reasons in error.error_dict.items():
                name = "password1" if field == "password" else field
                form.add_error(name if name in form.fields else None, reasons)
        except IntegrityError as error:
            taken_field = registration.find_taken_field(error)
            if taken_field is None:
                raise
            form.add_error(*taken_field)
        return self.form_invalid(form)  # type: ignore[attr-defined]


class SignUpView(AttemptLimitMixin, WriteErrorsMixin, account.SignupView):
    scope = "register"


class ResetPasswordView(AttemptLimitMixin, account.PasswordResetView):
    scope = "reset"

    def count_attempt(self, request: HttpRequest) -> None:
        """Count the mail by the account that it goes to, however its address is spelled."""
        check_address(request, self.scope)
        if email := request.POST.get("email", "").replace("\0", "").strip():
            guesses.count_mail("reset", queries.find_user(email=email), email)


class AddressView(AttemptLimitMixin, account.EmailView):
    """The page of the address, which sends links to confirm one: again, or to another."""

    scope = "email"

    def count_attempt(self, request: HttpRequest) -> None:
        if "action_send" in request.POST or "action_add" in request.POST:
            guesses.count_mail("confirm", signed_in_user(request))


class LinkedSignUpView(WriteErrorsMixin, linked.SignupView):
    def form_invalid(self, form: Any) -> HttpResponse:
        redirect_to_signup(self.request, self.sociallogin)  # keeps the provider's data for the next attempt
        return super().form_invalid(form)


class NewPasswordView(account.PasswordResetFromKeyView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password, unless another account has confirmed the address since the link was mailed."""
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except IntegrityError:
            form.add_error(None, "This email belongs to another account by now. Ask for a new link.")
            return self.form_invalid(form)


class ChangePasswordView(account.PasswordChangeView):
    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with refusals_as_form_errors():
                response = super().form_valid(form)
        except passwords.WrongPassword:
            form.add_error("oldpassword", "This is not your password.")
        except ValidationError as error:
            form.add_error("oldpassword", error)
        else:
            remember_browser(response, form.user)
            return response
        return self.form_invalid(form)


class SetPasswordView(account.PasswordSetView):
    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except passwords.WrongPassword:  # another request has set one at this moment
            return redirect("account_change_password")


@method_decorator(login_required, name="dispatch")
class ConfirmEmailView(account.ConfirmEmailView):
    """The page of a confirmation link. It confirms for the account that is signed in, and for no other.

    The link alone proves the mailbox, and not that the account is the same person's.
    """

    def get(self, *args: Any, **options: Any) -> HttpResponse:
        try:
            self.object = self.get_object()
        except Http404:
            self.object = None
        return self._show()

    def post(self, *args: Any, **options: Any) -> HttpResponse:
        """Confirm the address, unless another account has taken it since the mail was sent."""
        self.object = self.get_object()
        if self.object.email_address.user_id != self.request.user.pk:
            return self._show()
        try:
            with transaction.atomic():
                return super().post(*args, **options)
        except (IntegrityError, EmailAddress.DoesNotExist):
            self.object = None
            return self._show()

    def _show(self) -> HttpResponse:
        is_foreign = self.object is not None and self.object.email_address.user_id != self.request.user.pk
        context = self.get_context_data(is_foreign=is_foreign)
        return self.render_to_response(context, status=HTTPStatus.FORBIDDEN if is_foreign else HTTPStatus.OK)


@login_required
@require_safe
def account_page(request: MemberRequest) -> HttpResponse:
    user = request.user
    address = EmailAddress.objects.filter(user=user, email__iexact=user.email).first()
    context = {
        "confirmed": bool(address and address.verified),
        "second_factor": Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists(),
        "providers": get_linked_adapter().list_providers(request),
    }
    return render(request, "accounts/account.html", context)


@login_required
def preferences_page(request: MemberRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, initial=_stored_preferences(request.user))
    if request.method == "POST" and form.is_valid():
        preferences.change_preferences(request.user, **form.cleaned_data)
        messages.success(request, "Your preferences have been saved.")
        return redirect("account_preferences")
    return render(request, "accounts/preferences.html", {"form": form})


def _stored_preferences(user: User) -> dict[str, Any]:
    return {field: getattr(user, field) for field in ("theme", "email_notices", "notice_rhythm")}


@login_required
def sessions_page(request: MemberRequest) -> HttpResponse:
    rows = sign_ins.list_sign_ins(request.user, request.session.session_key)
    return render(request, "accounts/sessions.html", {"sign_ins": rows})


@login_required
@require_POST
def end_session(request: MemberRequest) -> HttpResponse:
    """End one sign-in (`id`), or all but the current one (`others`). Another user's is a 404."""
    if "others" in request.POST:
        sign_ins.end_other_sign_ins(request.user, request.session.session_key)
        messages.success(request, "You have been signed out everywhere else.")
    elif not sign_ins.end_sign_in(request.user, request.POST.get("id", "")):
        raise Http404
    else:
        messages.success(request, "That device has been signed out.")
    return redirect("account_sessions")


@costs("exports")
@login_required
@require_POST
def export(request: MemberRequest) -> HttpResponse:
    body = json.dumps(data_export.collect_data(request.user), cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="marquee-account.json"'
    return response


@login_required
@sensitive_post_parameters("proof")
def delete_account(request: MemberRequest) -> HttpResponse:
    form = DeleteAccountForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = request.user
        logout(request, show_message=False)
        closing.close_account(user)
        messages.success(request, "Your account has been deleted.")
        return redirect("home")
    return render(request, "accounts/delete.html", {"form": form})
