"""Requests of signed-in users, for the type checker: views and permissions decide who is let in."""

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User

if TYPE_CHECKING:
    from rest_framework.request import Request


class VisitorRequest(HttpRequest):
    """A request for a page, as the middleware leaves it."""

    htmx: HtmxDetails


class MemberRequest(VisitorRequest):
    """A request of a signed-in user, as `login_required` leaves it."""

    user: User


def signed_in_user(request: "HttpRequest | Request") -> User:
    """Return the user of a request that a permission has let in."""
    return cast(User, request.user)
