"""One call for many: of concurrent callers with the same question, in any process, one asks and all get its answer.

The caller that asks holds a lease of some seconds on the question, so that its death does not block the others for
long. Leases and answers are in the broker's Redis, which never evicts: a lost one would mean another call.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from redis.commands.core import Script

from common.services import redis_clients

# Seconds. Each stage of asking is shorter; the lease is renewed between them.
LEASE_SECONDS = 10.0

# In one step: the answer, else the pause, else since when another caller asks, else the lease for this caller.
ACQUIRE = """
local answer = redis.call("get", KEYS[1])
if answer then
    return {"answer", answer}
end
local pause = redis.call("pttl", KEYS[3])
if pause > 0 then
    return {"pause", pause, redis.call("get", KEYS[3])}
end
local time = redis.call("time")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call("get", KEYS[2])
if lease then
    return {"in progress", now - tonumber(string.match(lease, ":(%d+)$"))}
end
redis.call("set", KEYS[2], ARGV[1] .. ":" .. string.format("%d", now), "px", ARGV[2])
return {"lease"}
"""

RENEW = """
local lease = redis.call("get", KEYS[1])
if lease and string.find(lease, ARGV[1] .. ":", 1, true) == 1 then
    redis.call("pexpire", KEYS[1], ARGV[2])
end
"""

# The answer is written first: a caller that finds no lease any more finds the answer.
PUBLISH = """
if ARGV[2] ~= "" then
    redis.call("set", KEYS[1], ARGV[2], "px", ARGV[3])
end
local lease = redis.call("get", KEYS[2])
if lease and string.find(lease, ARGV[1] .. ":", 1, true) == 1 then
    redis.call("del", KEYS[2])
end
"""

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """The kept answer to the question."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause of all questions, for so many seconds, and its reason."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class InProgress:
    """Another caller's asking, begun so many seconds ago."""

    seconds: float


class Lease:
    """The right of one caller to ask one question. It ends with `publish`, or by itself after LEASE_SECONDS."""

    def __init__(self, flight: "SingleFlight", question: str, token: str) -> None:
        self._flight, self._question, self._token = flight, question, token

    def renew(self) -> None:
        self._flight.renew(self._question, self._token)

    def publish(self, answer: Answer, ttl: float) -> None:
        """Keep the answer for `ttl` seconds and end the lease; with an empty answer the next caller may ask."""
        self._flight.publish(self._question, self._token, answer, ttl)


class SingleFlight:
    """The questions of one kind, kept apart from others by `name`. Every method raises RedisError without Redis."""

    def __init__(self, name: str, redis_url: str) -> None:
        self._redis = redis_clients.client(redis_url)
        self._prefix = f"marquee:{name}"
        self._acquire: Script = self._redis.register_script(ACQUIRE)
        self._renew: Script = self._redis.register_script(RENEW)
        self._publish: Script = self._redis.register_script(PUBLISH)

    def acquire(self, question: str) -> Answered | Paused | InProgress | Lease:
        """Return a Lease to one caller at a time, and to every other one how the question stands."""
        token = secrets.token_hex(8)
        keys = [self._answer_key(question), self._lease_key(question), self._pause_key]
        word, *values = self._acquire(keys=keys, args=[token, round(LEASE_SECONDS * 1000)])
        outcomes: dict[bytes, Callable[[], Answered | Paused | InProgress | Lease]] = {
            b"answer": lambda: Answered(json.loads(values[0])),
            b"pause": lambda: Paused(values[0] / 1000, values[1].decode()),
            b"in progress": lambda: InProgress(values[0] / 1000),
            b"lease": lambda: Lease(self, question, token),
        }
        return outcomes[word]()

    def renew(self, question: str, token: str) -> None:
        self._renew(keys=[self._lease_key(question)], args=[token, round(LEASE_SECONDS * 1000)])

    def publish(self, question: str, token: str, answer: Answer, ttl: float) -> None:
        text = json.dumps(answer) if answer else ""
        keys = [self._answer_key(question), self._lease_key(question)]
        self._publish(keys=keys, args=[token, text, max(1, round(ttl * 1000))])

    def forget(self, question: str) -> None:
        self._redis.delete(self._answer_key(question))

    def pause(self, seconds: float, reason: str) -> None:
        """Pause all questions that have no answer yet, because the one who would be asked is out of order."""
        self._redis.set(self._pause_key, reason, px=max(1, round(seconds * 1000)))

    def _answer_key(self, question: str) -> str:
        return f"{self._prefix}:answer:{question}"

    def _lease_key(self, question: str) -> str:
        return f"{self._prefix}:flight:{question}"

    @property
    def _pause_key(self) -> str:
        return f"{self._prefix}:pause"


def single_flight(name: str) -> SingleFlight:
    return _single_flight_at(name, settings.BROKER_URL)


@cache
def _single_flight_at(name: str, redis_url: str) -> SingleFlight:
    """Return the one of this process, with one pool of connections."""
    return SingleFlight(name, redis_url)
