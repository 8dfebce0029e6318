"""What becomes of questions: counted for all processes together, shown to managers, and logged if settings say so."""

import asyncio
import time
from collections import Counter

import structlog
from django.conf import settings

from common.finished.entries import Entry, Header
from common.finished.shelf import Shelf

log = structlog.get_logger(__name__)

HIT, STALE, SHARED, MISS = "hit", "stale", "shared", "miss"
AGE = "age_seconds"
OUTCOMES = {
    HIT: "given from memory or Redis",
    STALE: "given although outdated for a moment, while another request made the new one",
    SHARED: "waited for another request that made it",
    MISS: "made by Django",
}
# By RFC 9211: a stale answer is a hit as well, and of several that wait one is forwarded.
STATUS = {HIT: "hit", STALE: "hit; detail=stale", SHARED: "fwd=miss; collapsed", MISS: "fwd=miss; stored"}
FLUSH_SECONDS = 1.0


class Trace:
    """Only the event loop uses it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._counts: Counter[str] = Counter()
        self._flushing: asyncio.Task[None] | None = None
        self._logs = settings.TRACE_LOGS or settings.CACHE_TRACE_LOGS

    def note(self, outcome: str, entry: Entry) -> None:
        self._counts[outcome] += 1
        if outcome == HIT:
            self._counts[AGE] += entry.age(time.time())
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def write(self, outcome: str, entry: Entry, name: str, trace_id: str, status: int) -> None:
        """Log the request, and how it was answered; `name` is that of the entry in Redis."""
        if settings.TRACE_LOGS:
            log.info("request_answered", status=status, outcome=outcome, request_id=trace_id)
        if settings.CACHE_TRACE_LOGS:
            age = entry.age(time.time())
            log.info("finished_answer", outcome=outcome, key=name, age=age, request_id=trace_id)

    @property
    def has_logs(self) -> bool:
        return bool(self._logs)

    async def _flush(self) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        self._flushing = None
        counts, self._counts = self._counts, Counter()
        await self._shelf.add_counts(counts)


def describe(outcome: str, entry: Entry, name: str) -> Header:
    """Return the header that tells managers how they were answered (RFC 9211)."""
    now = time.time()
    left = max(0, int(entry.lifetime.kept - entry.age(now)))
    text = f'Marquee; {STATUS[outcome]}; ttl={left}; key="{name}"; age={entry.age(now)}'
    return b"cache-status", text.encode()
