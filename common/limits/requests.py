"""Limits on requests of pages and API: what is counted, by address or account, and the headers that report it."""

import unicodedata
from collections.abc import Callable, Iterable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac
from redis import RedisError

from common.client_ip import Asked, client_block
from common.errors import TooManyRequests, Unavailable
from common.limits import counting
from common.limits.counting import Standing

log = structlog.get_logger(__name__)

# META is what DRF's request and Django's have in common; a client's headers cannot reach this name.
STANDINGS = "RATE_LIMITS"


class LimitsUnavailable(Unavailable):
    """The counters are not reachable. Without them, guessing passwords would have no limit."""

    default_message = "Sign-in is not possible at the moment. Try again soon."


def check_credential_limit(request: Asked, scope: str, account: str) -> None:
    """Count an attempt from a page, by address and by account, which may be empty.

    Raises TooManyRequests (with `wait`) or LimitsUnavailable.
    """
    check_address(request, scope)
    if account:
        check_account(request, scope, account)


def check_address(request: Asked, scope: str) -> None:
    block = client_block(request)
    refuse_beyond_limit(request, f"{scope}-address", block)
    if scope == "register":
        # Its answer tells whether an email address is known, so few can be asked about.
        refuse_beyond_limit(request, "register-hour", block, settings.THROTTLE_REGISTER)


def check_account(request: Asked, scope: str, account: str) -> None:
    """Return a key for an account, the same for every case and width of its name, which it does not reveal."""
    same = unicodedata.normalize("NFKC", account).strip().casefold()
    digest = salted_hmac("config.api.throttling", same, algorithm="sha256").hexdigest()
    refuse_beyond_limit(request, f"{scope}-account", digest)


def refuse_beyond_limit(request: Asked, name: str, whose: str, rate: str | None = None) -> None:
    try:
        standing = count(request, name, rate or settings.THROTTLE_LOGIN, whose)
    except RedisError as error:
        raise LimitsUnavailable from error
    if not standing.allowed:
        log.warning("credentials_throttled", limit=name)
        raise TooManyRequests(standing.reset)


def check_costly(request: Asked, name: str, *, anonymous: str, user: str) -> None:
    """Count what costs more than a request, in pages and API alike, by rates such as 10/min.

    Raises TooManyRequests (with `wait`), and RedisError where Redis is not reachable.
    """
    person = request.user if request.user and request.user.is_authenticated else None
    rate, whose = (user, f"user {person.pk}") if person else (anonymous, client_block(request))
    standing = count(request, name, rate, whose)
    if not standing.allowed:
        log.warning("costly_throttled", limit=name)
        raise TooManyRequests(standing.reset)


def count(request: Asked, name: str, rate: str, whose: str) -> Standing:
    standing = counting.count_event(name, rate, [whose or "unknown"])
    request.META.setdefault(STANDINGS, []).append(standing)
    return standing


class RateLimitHeaders:
    """Middleware that adds the state of the limits to every counted answer, 304 and errors included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if standings := request.META.get(STANDINGS):
            response.headers["RateLimit-Policy"] = describe_policies(standings)
            response.headers["RateLimit"] = describe_room(standings)
        return response


def describe_policies(standings: Iterable[Standing]) -> str:
    return _join_items(f'"{each.name}";q={each.quota};w={each.window}' for each in standings)


def describe_room(standings: Iterable[Standing], pending: int = 0) -> str:
    """Return what is left of each limit; `pending` events of each are not counted yet."""
    return _join_items(f'"{each.name}";r={max(0, each.remaining - pending)};t={each.reset}' for each in standings)


def _join_items(items: Iterable[str]) -> str:
    """Format a list of HTTP structured fields; an item that was counted twice comes once, with its latest state."""
    by_name = {item.partition(";")[0]: item for item in items}
    return ", ".join(by_name.values())
