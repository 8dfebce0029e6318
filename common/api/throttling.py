"""Rate limits of the API: for all requests, and stricter ones for passwords and tokens."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.limits.charging import charge_request
from common.limits.counting import Standing
from common.limits.requests import check_account, check_address

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module, for the settings name it

# What names an account, or a session of it, in the bodies of sign-in, registration, reset and refresh.
ACCOUNT_FIELDS = ("username", "email", "refresh")


class RequestThrottle(BaseThrottle):
    """The limits of all requests, and of what this one costs (see `common.limits.costs`)."""

    refusing: Standing | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self.refusing = charge_request(request, request.user, view, api=True)
        return self.refusing is None

    def wait(self) -> float | None:
        return self.refusing.reset if self.refusing else None


class CredentialThrottle(BaseThrottle):
    """The limit of views that take passwords or refresh tokens. Every attempt counts, successful or not.

    `throttle_scope` of the view names the counters (without it, the name of its route does). A view whose accounts
    are not in the usual fields of the body has a method `throttled_accounts(request)` that gives their texts.
    """

    def allow_request(self, request: Request, view: "APIView") -> bool:
        scope = getattr(view, "throttle_scope", None) or route_name(request)
        # Counted before the body is read: a body that cannot be read is an attempt as well.
        check_address(request, scope)
        accounts = getattr(view, "throttled_accounts", accounts_in_body)(request)
        for account in accounts:
            check_account(request, scope, account)
        return True


def accounts_in_body(request: Request) -> list[str]:
    """Return each account that the body names, once; the signed-in user where it names none."""
    body = request.data if isinstance(request.data, dict) else {}
    named = [value for field in ACCOUNT_FIELDS if isinstance(value := body.get(field), str) and value]
    if not named and request.user and request.user.is_authenticated:
        named = [f"user {request.user.pk}"]
    return list(dict.fromkeys(named))


def route_name(request: Request) -> str:
    match = request.resolver_match
    return (match.url_name if match else None) or "credentials"
