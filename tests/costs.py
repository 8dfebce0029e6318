"""Comparisons of what requests cost, as ratios within one run.

Measured is the CPU time of this thread, so that other processes do not count.
"""

import gc
import json
from collections.abc import Callable
from functools import cache
from statistics import median
from time import thread_time
from typing import Any

from django.conf import settings

SIZE = settings.API_MAX_BODY_BYTES
# A request may cost so many times what Python needs to read a plain list of SIZE. All measure less than 7; less than 25
# while coverage is measured.
MOST = 50


def cost(act: Callable[[], Any]) -> float:
    """Return the seconds of CPU that `act` costs this thread.

    Garbage is looked for among what `act` makes, and not in all that the tests before have left.
    """
    gc.freeze()
    before = thread_time()
    act()
    spent = thread_time() - before
    gc.unfreeze()
    return spent


def is_cheap(act: Callable[[], Any], size: int = SIZE) -> bool:
    """Return whether `act`, on `size` characters, costs less than MOST times a plain list of them, once in three times.

    What else the machine does can only add to a cost.
    """
    return any(cost(act) < MOST * list_cost() * size / SIZE for _ in range(3))


@cache
def list_cost() -> float:
    plain = joined("[", lambda number: "1", "]")
    return median(cost(lambda: json.loads(plain)) for _ in range(5))


def joined(begin: str, part: Callable[[int], str], end: str, size: int = SIZE, most: int = 10**9) -> str:
    """Return `begin`, as many numbered parts as go into `size` characters (`most` of them at most), and `end`."""
    length = len(part(10**6)) + 1
    return begin + ",".join(part(number) for number in range(min(most, (size - len(begin) - len(end)) // length))) + end
