"""Who may ask how often: everybody of the API, and more strictly whoever tries passwords and tokens."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac
from redis import RedisError
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common import limits
from common.api.codes import Code
from common.http.client_ip import client_block
from common.limits import Standing

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module, for the settings name it

log = structlog.get_logger(__name__)

# META is what DRF's request and Django's have in common; a client's headers cannot reach this name.
STANDINGS = "RATE_LIMITS"
# What names an account, or a session of it, in the bodies of sign-in, registration, reset and refresh.
ACCOUNT_FIELDS = ("username", "email", "refresh")


class LimitsUnavailable(APIException):
    """Without the counters guessing would have no limit."""

    status_code = 503
    default_code = Code.UNAVAILABLE
    default_detail = "Sign-in is not possible at the moment. Try again soon."


class RequestThrottle(ABC, BaseThrottle):
    """Counts requests; where Redis is away the site serves, and its health says so."""

    name: str
    standing: Standing | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        whose = self.whose(request)
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
    def whose(self, request: Request) -> str | None:
        """None where this throttle is not about the request."""

    @abstractmethod
    def rate(self) -> str:
        """As the settings write it, such as 100/min."""


class AnonThrottle(RequestThrottle):
    name = "anonymous"

    def whose(self, request: Request) -> str | None:
        return None if request.user and request.user.is_authenticated else client_block(request)

    def rate(self) -> str:
        return settings.THROTTLE_ANON


class UserThrottle(RequestThrottle):
    name = "user"

    def whose(self, request: Request) -> str | None:
        return str(request.user.pk) if request.user and request.user.is_authenticated else None

    def rate(self) -> str:
        return settings.THROTTLE_USER


class PurchaseThrottle(UserThrottle):
    """For each person who buys or holds seats; beside the limit of all their requests."""

    name = "purchase"

    def rate(self) -> str:
        return settings.THROTTLE_PURCHASE


class CredentialThrottle(BaseThrottle):
    """For a view that takes passwords or refresh tokens; counts every attempt, whatever comes of it.

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


def check_credential_limit(request: HttpRequest | Request, scope: str, account: str) -> None:
    """The same counters for a page: raises Throttled (with `wait`) or LimitsUnavailable. An account may be empty."""
    check_address(request, scope)
    if account:
        check_account(request, scope, account)


def check_address(request: HttpRequest | Request, scope: str) -> None:
    refuse_beyond_limit(request, f"{scope}-address", client_block(request))


def check_account(request: HttpRequest | Request, scope: str, account: str) -> None:
    """One account whatever its case or width; the key does not give the name away."""
    same = unicodedata.normalize("NFKC", account).strip().casefold()
    digest = salted_hmac("config.api.throttling", same, algorithm="sha256").hexdigest()
    refuse_beyond_limit(request, f"{scope}-account", digest)


def refuse_beyond_limit(request: HttpRequest | Request, name: str, whose: str) -> None:
    try:
        standing = count(request, name, settings.THROTTLE_LOGIN, whose)
    except RedisError as error:
        raise LimitsUnavailable from error
    if not standing.allowed:
        log.warning("credentials_throttled", limit=name)
        raise Throttled(wait=standing.reset)


def check_costly(request: HttpRequest | Request, name: str, *, anonymous: str, user: str) -> None:
    """Counts what costs more than a request, for pages and the API alike, by rates such as 10/min.

    Raises Throttled (with `wait`), and RedisError where nobody counts.
    """
    person = request.user if request.user and request.user.is_authenticated else None
    rate, whose = (user, f"user {person.pk}") if person else (anonymous, client_block(request))
    standing = count(request, name, rate, whose)
    if not standing.allowed:
        log.warning("costly_throttled", limit=name)
        raise Throttled(wait=standing.reset)


def count(request: HttpRequest | Request, name: str, rate: str, whose: str) -> Standing:
    standing = limits.hit(name, rate, [whose or "unknown"])
    request.META.setdefault(STANDINGS, []).append(standing)
    return standing


def accounts_in_body(request: Request) -> list[str]:
    """Each account that the body names, once; the signed-in user where it names none."""
    body = request.data if isinstance(request.data, dict) else {}
    named = [value for field in ACCOUNT_FIELDS if isinstance(value := body.get(field), str) and value]
    if not named and request.user and request.user.is_authenticated:
        named = [f"user {request.user.pk}"]
    return list(dict.fromkeys(named))


def route_name(request: Request) -> str:
    match = request.resolver_match
    return (match.url_name if match else None) or "credentials"


class RateLimitHeaders:
    """Middleware: tells the client where it stands, on every counted answer, a 304 and an error too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if standings := request.META.get(STANDINGS):
            response.headers["RateLimit-Policy"] = joined(f'"{s.name}";q={s.quota};w={s.window}' for s in standings)
            response.headers["RateLimit"] = joined(f'"{s.name}";r={s.remaining};t={s.reset}' for s in standings)
        return response


def joined(items: Iterable[str]) -> str:
    """A list of HTTP's structured fields; an item counted twice is said once, as it is now."""
    by_name = {item.partition(";")[0]: item for item in items}
    return ", ".join(by_name.values())
