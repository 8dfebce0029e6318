"""Entries: finished bytes with their headers, as they are kept in Redis and in each process."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, NamedTuple

Header = tuple[bytes, bytes]

IN_MEMORY_BYTES = 256 * 1024  # a larger answer of Django's is in a file, and not kept
# In the Cache-Control of an address that names its content, which goes out as Django says.
IMMUTABLE = b"immutable"
PRIVATE = (b"cache-control", b"private, no-cache")
# Of the request that made the answer, and of none after it.
PER_REQUEST = frozenset({b"x-request-id", b"ratelimit", b"ratelimit-policy"})
# Not kept as they are: they are made anew, or belong to a connection.
OWN = frozenset({b"cache-control", b"vary", b"connection", b"date", b"age"})
OF_THE_BODY = (b"content-length", b"content-type", b"content-encoding")
# A change is shown to others within a second: the versions are up to 0.4 seconds old, and while a new answer is made,
# the old one is given for so long after it was the current one.
OLD_SECONDS = 0.5


class Lifetime(NamedTuple):
    """Seconds of an answer that may be shown for `total` seconds in all, here and in other caches after us."""

    total: int

    @property
    def fresh(self) -> int:
        """In which a browser or a CDN does not ask."""
        return min(5, self.total // 6)

    @property
    def revalidating(self) -> int:
        """In which it may show the answer while it asks."""
        return min(10, self.total // 6)

    @property
    def kept(self) -> float:
        """In which we give the answer without asking Django."""
        return max(self.total - self.fresh - self.revalidating - OLD_SECONDS, self.total / 2)

    @property
    def header(self) -> Header:
        if not self.fresh:
            return b"cache-control", b"public, no-cache"
        value = f"public, max-age={self.fresh}, stale-while-revalidate={self.revalidating}"
        return b"cache-control", value.encode()


@lru_cache(maxsize=64)
def caching_headers(lifetime: Lifetime) -> tuple[tuple[Header, ...], tuple[Header, ...]]:
    """Return what is added to an answer for one person, and to one for all."""
    return (PRIVATE,), (lifetime.header,)


@lru_cache(maxsize=256)
def share(header: Header) -> Header:
    """Return the same object for equal headers: but for the tag and the length, all answers have the same ones."""
    return header


@dataclass(frozen=True)
class Answer:
    """An answer of Django's, which has to be closed."""

    status: int
    headers: Sequence[Header]
    body: IO[bytes]
    size: int

    @property
    def is_large(self) -> bool:
        return self.size > IN_MEMORY_BYTES


class Ready(NamedTuple):
    """An answer that can be sent at once."""

    status: int
    headers: list[Header]
    body: bytes


@dataclass(slots=True)
class Entry:
    """One answer for everybody. `versions` are those of its kinds before Django was asked."""

    versions: tuple[bytes, ...]
    made_at: float
    """By the clock of the machine, as other processes read it."""
    lifetime: Lifetime
    headers: list[Header]
    body: bytes
    kinds: tuple[str, ...]
    etag: bytes = b""
    until: float = field(default=0, init=False, compare=False)
    """By this process' monotonic clock."""
    checked: int = field(default=-1, init=False)
    """The count of changes (see `Versions`) for which the versions were found to be the current ones."""
    current_at: float = field(default=float("-inf"), init=False)
    """When the entry was given as the current one last, by the monotonic clock."""
    _without_body: tuple[Header, ...] = field(default=(), init=False, compare=False)
    _caching: tuple[tuple[Header, ...], tuple[Header, ...]] = field(default=((), ()), init=False, compare=False)

    def __post_init__(self) -> None:
        self.headers = [share(header) for header in self.headers]
        self.until = time.monotonic() + self.lifetime.kept - max(0.0, time.time() - self.made_at)
        self.etag = next((value for name, value in self.headers if name == b"etag"), b"")
        self._without_body = tuple([header for header in self.headers if header[0] not in OF_THE_BODY])
        has_own = any(name == b"cache-control" for name, _ in self.headers)
        self._caching = ((), ()) if has_own else caching_headers(self.lifetime)

    @property
    def size(self) -> int:
        """Bytes in memory, roughly, with the key: measured with answers without a body."""
        return len(self.body) + 1_500

    def age(self, now: float) -> int:
        """Return the whole seconds since it was made."""
        return max(0, int(now - self.made_at))

    def answer(self, known: bytes, *, is_head: bool, for_all: bool, extra: Sequence[Header]) -> Ready:
        """Return the answer for a client that has the answer `known` names: 304 if it is this one."""
        caching = self._caching[for_all]
        if known and has_tag(known, self.etag):
            return Ready(304, [*self._without_body, *caching, *extra], b"")
        return Ready(200, [*self.headers, *caching, *extra], b"" if is_head else self.body)

    def dump(self) -> bytes:
        head = {
            "versions": [version.decode() for version in self.versions],
            "made_at": self.made_at,
            "total": self.lifetime.total,
            "headers": [[name.decode(), value.decode("latin-1")] for name, value in self.headers],
        }
        return json.dumps(head).encode() + b"\n" + self.body

    @classmethod
    def load(cls, text: bytes, kinds: tuple[str, ...]) -> "Entry":
        head, _, body = text.partition(b"\n")
        values = json.loads(head)
        return cls(
            versions=tuple(version.encode() for version in values["versions"]),
            made_at=values["made_at"],
            lifetime=Lifetime(values["total"]),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in values["headers"]],
            body=body,
            kinds=kinds,
        )


def can_be_kept(status: int, headers: Sequence[Header], size: int) -> bool:
    """Return whether Django's answer may be given to others."""
    names = {name for name, _ in headers}
    secret = any(name == b"cache-control" and b"no-store" in value for name, value in headers)
    return status == 200 and size <= IN_MEMORY_BYTES and b"set-cookie" not in names and b"etag" in names and not secret


def keep_headers(headers: Sequence[Header]) -> list[Header]:
    """Return the headers that go out with every copy. It does not vary by cookies, as Django was asked without any."""
    kept = [
        (name, value)
        for name, value in headers
        if name not in PER_REQUEST and (name not in OWN or (name == b"cache-control" and IMMUTABLE in value))
    ]
    varied = b", ".join(value for name, value in headers if name == b"vary").split(b",")
    names = [name.strip() for name in varied if name.strip() and name.strip().lower() != b"cookie"]
    return [*kept, (b"vary", b", ".join(names))] if names else kept


def has_tag(known: bytes, etag: bytes) -> bool:
    """Return whether the list of tags in If-None-Match holds this one; strong and weak ones are compared alike."""
    if known == etag:
        return True
    if known.strip() == b"*":
        return True
    plain = etag.removeprefix(b"W/")
    return any(part.strip().removeprefix(b"W/") == plain for part in known.split(b","))
