"""Calls in flight side by side: a provider is asked by several threads, and its answers are taken in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from catalog_sync.clients.base import ProviderClient
from catalog_sync.clients.errors import AllowanceSpent, KeyRefused, NotConfigured, NotFound, Unreadable, UpstreamError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Enough to use TMDB's 40 requests a second up while each takes 300 ms.
MAX_PARALLEL = 12
# So many failures in a row are no matter of single records any more.
MAX_CONSECUTIVE_FAILURES = 12


def fetch_ahead(
    door: ProviderClient, ask: Callable[[Item], Answer], items: Iterable[Item], width: int = MAX_PARALLEL
) -> Generator[tuple[Item, Answer | UpstreamError], None, None]:
    """Each item with its answer, or what went wrong, in the order of `items`; never more than `width` calls at once.

    The threads only ask. What is done with the answers happens in the caller's thread, while the next calls are under
    way, at most twice `width` ahead. Leaving early stops the waiting of those calls and drops what was not begun.
    """
    waiting = iter(items)
    with ThreadPoolExecutor(width, thread_name_prefix="upstream") as threads:
        running: deque[tuple[Item, Future[Answer]]] = deque()
        try:
            while True:
                for item in islice(waiting, 2 * width - len(running)):
                    running.append((item, threads.submit(ask, item)))
                if not running:
                    return
                item, future = running.popleft()
                error = future.exception()
                if error is not None and not isinstance(error, UpstreamError):
                    raise error
                yield item, future.result() if error is None else error
        finally:
            if running:
                door.close()
            for _, future in running:
                future.cancel()


class FailureGuard:
    """Tells failures of single records, which are counted, from those of the provider, which end the run."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def heard(self, answer: tuple[Item, Answer | UpstreamError]) -> tuple[Item, Answer | UpstreamError]:
        """The same; raises the failure that means that nothing else would come in either."""
        error = answer[1]
        if not isinstance(error, UpstreamError) or isinstance(error, NotFound | Unreadable | AllowanceSpent):
            self._in_a_row = 0
            return answer
        self._in_a_row += 1
        if isinstance(error, KeyRefused | NotConfigured) or self._in_a_row >= MAX_CONSECUTIVE_FAILURES:
            raise error
        return answer
