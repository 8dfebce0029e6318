"""Of many who want to know the same thing at once, in whatever processes, one asks, and the others get the answer.

Who asks holds a lease of seconds on the question, so that one that dies does not keep the others for long. Everything
is in the broker's Redis, which never evicts: a lease or an answer that is forgotten would be another call.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

# Each stage of asking is shorter; the lease is renewed between them.
LEASE = 10.0
TIMEOUT = 1.0

# In one step: what is known of the question, or whether anybody is to be asked, or since when somebody asks.
BOARD = """
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
local flight = redis.call("get", KEYS[2])
if flight then
    return {"under way", now - tonumber(string.match(flight, ":(%d+)$"))}
end
redis.call("set", KEYS[2], ARGV[1] .. ":" .. string.format("%d", now), "px", ARGV[2])
return {"yours"}
"""

RENEW = """
local flight = redis.call("get", KEYS[1])
if flight and string.find(flight, ARGV[1] .. ":", 1, true) == 1 then
    redis.call("pexpire", KEYS[1], ARGV[2])
end
"""

# The answer first: whoever finds no flight any more finds the answer.
LAND = """
if ARGV[2] ~= "" then
    redis.call("set", KEYS[1], ARGV[2], "px", ARGV[3])
end
local flight = redis.call("get", KEYS[2])
if flight and string.find(flight, ARGV[1] .. ":", 1, true) == 1 then
    redis.call("del", KEYS[2])
end
"""

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What came of asking, not long ago."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Paused:
    """Nobody is to be asked for so many seconds, and why."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class InProgress:
    """Somebody else is asking, since so many seconds."""

    seconds: float


class Lease:
    """The asking of one question, by whoever got this. It ends with `land`, or with its lease."""

    def __init__(self, flights: "SingleFlight", key: str, token: str) -> None:
        self._flights, self._key, self._token = flights, key, token

    def renew(self) -> None:
        self._flights.renew(self._key, self._token)

    def land(self, answer: Answer, seconds: float) -> None:
        """With an answer, which is known for so many seconds, or an empty one: then the next may ask."""
        self._flights.land(self._key, self._token, answer, seconds)


class SingleFlight:
    """Every method raises RedisError when Redis is away. `name` keeps one kind of questions apart from others."""

    def __init__(self, name: str, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT, retry=Retry(NoBackoff(), retries=0)
        )
        self._prefix = f"marquee:{name}"
        self._board: Script = self._redis.register_script(BOARD)
        self._renew: Script = self._redis.register_script(RENEW)
        self._land: Script = self._redis.register_script(LAND)

    def board(self, question: str) -> Known | Paused | InProgress | Lease:
        """A Flight for one at a time; everybody else learns how things stand."""
        token = secrets.token_hex(8)
        keys = [self._answer(question), self._flight(question), self._pause]
        word, *more = self._board(keys=keys, args=[token, round(LEASE * 1000)])
        outcomes: dict[bytes, Callable[[], Known | Paused | InProgress | Lease]] = {
            b"answer": lambda: Known(json.loads(more[0])),
            b"pause": lambda: Paused(more[0] / 1000, more[1].decode()),
            b"under way": lambda: InProgress(more[0] / 1000),
            b"yours": lambda: Lease(self, question, token),
        }
        return outcomes[word]()

    def renew(self, question: str, token: str) -> None:
        self._renew(keys=[self._flight(question)], args=[token, round(LEASE * 1000)])

    def land(self, question: str, token: str, answer: Answer, seconds: float) -> None:
        said = json.dumps(answer) if answer else ""
        keys = [self._answer(question), self._flight(question)]
        self._land(keys=keys, args=[token, said, max(1, round(seconds * 1000))])

    def forget(self, question: str) -> None:
        self._redis.delete(self._answer(question))

    def pause(self, seconds: float, reason: str) -> None:
        """For all questions without an answer: whom we would ask is out of order."""
        self._redis.set(self._pause, reason, px=max(1, round(seconds * 1000)))

    def _answer(self, question: str) -> str:
        return f"{self._prefix}:answer:{question}"

    def _flight(self, question: str) -> str:
        return f"{self._prefix}:flight:{question}"

    @property
    def _pause(self) -> str:
        return f"{self._prefix}:pause"


def flights(name: str) -> SingleFlight:
    return _single_flight_at(name, settings.BROKER_URL)


@cache
def _single_flight_at(name: str, redis_url: str) -> SingleFlight:
    """One pool of connections a process."""
    return SingleFlight(name, redis_url)
