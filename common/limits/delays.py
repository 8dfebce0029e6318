"""Counters of attempts whose waits grow, in the broker's Redis: after some free attempts each further one doubles them.

A window of ten a minute is still 14,400 attempts a day; this lets about forty through, and none is ever lost.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings

from common.services import redis_clients

FIRST_WAIT, LONGEST_WAIT = 60, 3600
FORGOTTEN_AFTER = 24 * 3600
"""Seconds without an attempt after which the counter starts anew."""

# One script decides, so that a crowd at once is counted one by one. An attempt within the wait is not counted.
COUNT = """
local count, last, blocked_until = unpack(redis.call('HMGET', KEYS[1], 'count', 'last', 'blocked_until'))
local now, free, first, longest, forgotten = unpack(ARGV)
count, now = tonumber(count or 0), tonumber(now)
if count > 0 and now - tonumber(last) >= tonumber(forgotten) then count = 0 end
if count > 0 and now < tonumber(blocked_until) then
    return {0, count, math.ceil(tonumber(blocked_until) - now)}
end
count = count + 1
local wait = 0
blocked_until = 0
if count >= tonumber(free) then
    wait = math.min(tonumber(first) * 2 ^ math.min(count - tonumber(free), 20), tonumber(longest))
    blocked_until = now + wait
end
redis.call('HSET', KEYS[1], 'count', count, 'last', now, 'blocked_until', blocked_until)
redis.call('EXPIRE', KEYS[1], forgotten)
return {1, count, wait}
"""

# What was counted since stays; a wait that began with this attempt ends.
TAKE_BACK = """
if tonumber(redis.call('HGET', KEYS[1], 'count') or 0) > 0 then
    redis.call('HINCRBY', KEYS[1], 'count', -1)
    redis.call('HSET', KEYS[1], 'blocked_until', 0)
end
"""


class Attempt(NamedTuple):
    is_allowed: bool
    number: int
    """How many there were, this one included if it is allowed."""
    wait: int
    """Seconds until the next attempt is allowed."""


def count_attempt(name: str, parts: Sequence[str], free: int) -> Attempt:
    """Count an attempt for what `parts` identify, or refuse it. Raises RedisError where Redis is not reachable."""
    script = redis_clients.client(settings.BROKER_URL).register_script(COUNT)
    numbers = [time.time(), free, FIRST_WAIT, LONGEST_WAIT, FORGOTTEN_AFTER]
    is_allowed, number, wait = script(keys=[_key(name, parts)], args=numbers)
    return Attempt(bool(is_allowed), int(number), int(wait))


def take_attempt_back(name: str, parts: Sequence[str]) -> None:
    """Uncount an attempt that came to nothing. Raises RedisError where Redis is not reachable."""
    redis_clients.client(settings.BROKER_URL).register_script(TAKE_BACK)(keys=[_key(name, parts)])


def forget_attempts(name: str, parts: Sequence[str]) -> None:
    """Start the counter anew. Raises RedisError where Redis is not reachable."""
    redis_clients.client(settings.BROKER_URL).delete(_key(name, parts))


def _key(name: str, parts: Sequence[str]) -> str:
    return "/".join(["marquee:delay", name, *parts])
