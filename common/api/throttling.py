"""Rate limits of the API: for all requests, and stricter ones for passwords and tokens."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.client_ip import client_block
from common.limits.counting import Standing
from common.limits.requests import check_account, check_address, count

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module, for the settings name it

log = structlog.get_logger(__name__)

# What names an account, or a session of it, in the bodies of sign-in, registration, reset and refresh.
ACCOUNT_FIELDS = ("username", "email", "refresh")


class RequestThrottle(ABC, BaseThrottle):
    """Base of the limits on requests. Without Redis nothing is limited, and the site's health reports it."""

    name: str
    standing: Standing | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        whose = self.find_subject(request)
        if whose is None:
            return True
        try:
            self.standing = count(request, self.name, self.rate(), whose)
        except RedisError as error:
            log.warning("throttle_redis_away", throttle=self.name, error=type(error).__name__)
            return True
        return self.standing.allowed

    def wait(self) -> float | None:
        return self.standing.reset if self.standing else None

    @abstractmethod
    def find_subject(self, request: Request) -> str | None:
        """Return the client that is counted; None where this limit is not about the request."""

    @abstractmethod
    def rate(self) -> str:
        """Return the rate as in the settings, such as 100/min."""


class AnonThrottle(RequestThrottle):
    name = "anonymous"

    def find_subject(self, request: Request) -> str | None:
        return None if request.user and request.user.is_authenticated else client_block(request)

    def rate(self) -> str:
        return settings.THROTTLE_ANON


class UserThrottle(RequestThrottle):
    name = "user"

    def find_subject(self, request: Request) -> str | None:
        return str(request.user.pk) if request.user and request.user.is_authenticated else None

    def rate(self) -> str:
        return settings.THROTTLE_USER


class PurchaseThrottle(UserThrottle):
    """The limit of purchases and holds of a user, besides the limit of all their requests."""

    name = "purchase"

    def rate(self) -> str:
        return settings.THROTTLE_PURCHASE


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
