"""Counters of events in Redis, shared by all processes, and the rates that limit them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import limits
import structlog
from django.conf import settings
from environs import ValidationError
from redis import ConnectionError as RedisAway
from redis import RedisError
from redis.commands.core import Script

from common.services import redis_clients
from common.services.breaker import breaker_of

log = structlog.get_logger(__name__)

SHORT_FOR = {"sec": "second", "min": "minute"}

# For each key a list of times, the newest first. Either all limits have room and each event is counted, or none is.
# A limit that is only watched must have room too. Returns the number of events and the oldest time of each.
COUNT = """
local now = redis.call('time')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local has_room, found = 1, {}
for i, key in ipairs(KEYS) do
    local quota, window = tonumber(ARGV[i * 3 - 2]), tonumber(ARGV[i * 3 - 1])
    local oldest = redis.call('lindex', key, -1)
    while oldest and tonumber(oldest) <= now - window do
        redis.call('rpop', key)
        oldest = redis.call('lindex', key, -1)
    end
    if redis.call('llen', key) >= quota then has_room = 0 end
end
for i, key in ipairs(KEYS) do
    if has_room == 1 and ARGV[i * 3] == '1' then
        redis.call('lpush', key, string.format('%.6f', now))
        redis.call('expire', key, ARGV[i * 3 - 1])
    end
    local oldest = redis.call('lindex', key, -1) or now
    found[i] = {redis.call('llen', key), tostring(tonumber(oldest) - now)}
end
return {has_room, found}
"""


@dataclass(frozen=True)
class Limit:
    """A rate such as 100/min of events called `name`, for the client `whose`."""

    name: str
    rate: str
    whose: str
    factor: int = 1
    """By which the rate's amount is multiplied."""
    is_counted: bool = True
    """False for a limit that is only watched: it refuses once it is used up."""

    @property
    def quota(self) -> int:
        return parse(self.rate).amount * self.factor

    @property
    def window(self) -> int:
        return parse(self.rate).get_expiry()

    @property
    def key(self) -> str:
        return f"marquee:limit:{parse(self.rate).key_for(self.name, self.whose)}"


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
    return count_events([Limit(name, rate, "/".join(parts))])[0]


def count_events(wanted: Sequence[Limit]) -> list[Standing]:
    """Count one event for each limit if all have room, otherwise for none: one round trip to Redis.

    Never more than the quota fit in any span of the window's length: a fixed window lets twice as many through around
    its edge, and a sliding counter only estimates. Raises RedisError where Redis is not reachable.
    """
    arguments = [part for each in wanted for part in (each.quota, each.window, int(each.is_counted))]
    has_room, found = _script_in(settings.BROKER_URL)(keys=[each.key for each in wanted], args=arguments)
    return [
        describe_standing(each, count, float(age), bool(has_room))
        for each, (count, age) in zip(wanted, found, strict=True)
    ]


def count_events_if_possible(wanted: Sequence[Limit]) -> list[Standing]:
    """Count as `count_events` does; while Redis is away, raise RedisError without asking it each time."""
    breaker = breaker_of(("counters", settings.BROKER_URL))
    if breaker.is_skipping():
        raise RedisAway("Redis did not answer a moment ago.")
    try:
        standings = count_events(wanted)
    except RedisError as error:
        log.warning("throttle_redis_away", error=type(error).__name__)
        breaker.fail()
        raise
    breaker.succeed()
    return standings


def describe_standing(limit: Limit, count: int, age: float, has_room: bool) -> Standing:
    """`age` is that of the oldest event, in negative seconds."""
    quota, allowed = limit.quota, has_room or count < limit.quota
    reset = max(1, math.ceil(age + limit.window))
    return Standing(limit.name, quota, limit.window, allowed, max(0, quota - count) if allowed else 0, reset)


@cache
def _script_in(url: str) -> Script:
    return redis_clients.client(url).register_script(COUNT)
