"""Counters of events in Redis, shared by all processes, and the rates that limit them."""

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import limits
from django.conf import settings
from environs import ValidationError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

# A request waits for its counter: where Redis is away, that must be a matter of an instant.
TIMEOUT_SECONDS = 0.25
SHORT_FOR = {"sec": "second", "min": "minute"}


@dataclass(frozen=True)
class Standing:
    """The state of one limit for one client, after a request was counted or refused."""

    name: str
    quota: int
    window: int
    allowed: bool
    remaining: int
    reset: int
    """Whole seconds until more is allowed again, at least 1."""


@cache
def parse(text: str) -> limits.RateLimitItem:
    """Parse `100/min`, `10 per 5 minutes` or `3/second`. Raises ValueError."""
    rates = limits.parse_many(re.sub(r"(?<![a-z])(sec|min)(?=s?\b)", lambda found: SHORT_FOR[found[1]], text.lower()))
    if len(rates) != 1 or rates[0].amount < 1 or rates[0].get_expiry() < 1:
        raise ValueError("one rate of 1 or more")
    return rates[0]


def is_rate(text: str) -> None:
    """Validate the rate of a setting."""
    try:
        parse(text)
    except ValueError:
        raise ValidationError(f"{text!r} is no rate: write it as 100/min, 3/second or 1000/hour.") from None


def count_event(name: str, rate: str, parts: Sequence[str]) -> Standing:
    """Count one event of `name` for the client that `parts` identify. Raises RedisError where Redis is not reachable.

    What is refused is not counted, so that a client who keeps knocking gets in again as soon as the window has room.
    """
    item, window = parse(rate), window_in(settings.BROKER_URL)
    allowed = window.hit(item, name, *parts)
    reset, remaining = window.get_window_stats(item, name, *parts)
    seconds = max(1, math.ceil(reset - time.time()))
    return Standing(name, item.amount, item.get_expiry(), allowed, max(0, remaining) if allowed else 0, seconds)


@cache
def window_in(url: str) -> MovingWindowRateLimiter:
    """Return the strategy that keeps the time of each event: never more than the quota in any span of that length.

    A fixed window lets twice as many through around its edge, and a sliding counter only estimates.
    """
    pool = ConnectionPool.from_url(
        url,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), retries=0),
    )
    storage = RedisStorage(url, connection_pool=pool, key_prefix="marquee:limit")
    return MovingWindowRateLimiter(storage)
