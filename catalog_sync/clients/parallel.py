"""Parallel requests to a provider by several threads, with the answers in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from catalog_sync.clients.base import ProviderClient
from catalog_sync.clients.errors import AllowanceSpent, KeyRefused, NotConfigured, NotFound, Unreadable, UpstreamError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Enough to use all of TMDB's 40 requests a second when each takes 450 ms. TMDB's network allows an address 20
# connections (github.com/ryanbradynd05/go-tmdb/issues/44), of which look-ups need some.
MAX_PARALLEL = 18
# So many calls for each thread are begun before their turn, so that all threads stay busy while the caller stores a
# batch, or waits for an answer that takes two seconds.
AHEAD = 4
# So many failures in a row mean that the provider fails, not single records.
MAX_CONSECUTIVE_FAILURES = 12


def fetch_ahead(
    client: ProviderClient, fetch: Callable[[Item], Answer], items: Iterable[Item], width: int = MAX_PARALLEL
) -> Generator[tuple[Item, Answer | UpstreamError], None, None]:
    """Yield each item with its answer or UpstreamError, in the order of `items`, by at most `width` calls at once.

    The threads only fetch. The caller's thread handles the answers while the next calls are under way, at most
    AHEAD times `width` ahead. Closing the generator early closes the client, so that waits for retries end, and
    cancels the rest.
    """
    waiting = iter(items)
    with ThreadPoolExecutor(width, thread_name_prefix="upstream") as threads:
        running: deque[tuple[Item, Future[Answer]]] = deque()
        try:
            while True:
                for item in islice(waiting, AHEAD * width - len(running)):
                    running.append((item, threads.submit(fetch, item)))
                if not running:
                    return
                item, future = running.popleft()
                error = future.exception()
                if error is not None and not isinstance(error, UpstreamError):
                    raise error
                yield item, future.result() if error is None else error
        finally:
            if running:
                client.close()
            for _, future in running:
                future.cancel()


class FailureGuard:
    """A guard that tells failures of single records, which are counted, from those of the provider, which end a run."""

    def __init__(self) -> None:
        self._consecutive = 0

    def check(self, answer: tuple[Item, Answer | UpstreamError]) -> tuple[Item, Answer | UpstreamError]:
        """Return `answer`. Raises its failure if that means that other records would fail as well."""
        error = answer[1]
        if not isinstance(error, UpstreamError) or isinstance(error, NotFound | Unreadable | AllowanceSpent):
            self._consecutive = 0
            return answer
        self._consecutive += 1
        if isinstance(error, KeyRefused | NotConfigured) or self._consecutive >= MAX_CONSECUTIVE_FAILURES:
            raise error
        return answer
