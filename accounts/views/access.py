"""Access to pages beyond `login_required`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.people.requests import MemberRequest
from accounts.queries import is_confirmed

View = Callable[..., HttpResponse]


def lead_to_second_factor(request: MemberRequest) -> HttpResponse:
    """Redirect a manager to set up the second factor; to the page of the email first, while it is not confirmed."""
    if is_confirmed(request.user):
        messages.info(request, "Managers need a second factor. Set it up, and then go on.")
        return redirect("mfa_activate_totp")
    messages.info(request, "Managers need a second factor. Confirm your email first, so that you can't be locked out.")
    return redirect("account_email")


def manager_required(view: View) -> View:
    """Redirect visitors to sign in and managers without a second factor to set it up. Answer 403 to customers."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request.user, "lacks_second_factor", False):
            return lead_to_second_factor(request)
        if not getattr(request.user, "is_staff", False):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)
