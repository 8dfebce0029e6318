"""The admin's own pages for signing in and out and for the password, replaced by those of the site.

Django's know nothing of the second factor, of the limit on guesses, and of what a new password has to end.
"""

from typing import Any, cast

from allauth.account import views as account
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.people.requests import MemberRequest
from accounts.views.access import lead_to_second_factor


def use_own_pages(site: AdminSite) -> None:
    """Replace the pages of `site`; their addresses and the links to them stay."""
    pages = {"login": login, "logout": logout, "password_change": change_password}
    for name, page in (pages | {"password_change_done": change_password}).items():
        setattr(site, name, page)


def login(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Lead to the site's page, back to where a signed-in manager came from, or refuse a customer.

    A manager without the second factor that managers need is led to set it up.
    """
    target = request.GET.get(REDIRECT_FIELD_NAME, "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(target)
    if getattr(request.user, "lacks_second_factor", False):
        return lead_to_second_factor(cast(MemberRequest, request))
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    return redirect(reverse("admin:index") if target.startswith(request.path) else target)


def logout(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    response: HttpResponse = account.logout(request)
    return response


def change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return redirect("account_change_password")
