"""Threads that ask Django, each kind of them with a bounded line of requests in front."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from common.front.places import BusyError, Places

Params = ParamSpec("Params")
Result = TypeVar("Result")


class Line:
    """So many threads, and so many requests that wait for one of them, each for at most so many `seconds`."""

    def __init__(self, name: str, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = Places(threads + waiting)
        self._seconds = seconds

    async def run(self, act: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs) -> Result:
        """Call `act` in a thread, whose database connection is kept. Raises BusyError, and what `act` raises."""

        def act_in_time() -> Result:
            if time.monotonic() > last:
                raise BusyError
            return act(*args, **kwargs)

        with self._places.take():
            last = time.monotonic() + self._seconds
            return await asyncio.get_running_loop().run_in_executor(self._pool, act_in_time)
