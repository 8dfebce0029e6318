"""Two transactions of which the second starts before the first commits."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import transaction

from movies.tests.at_once import at_once, wait_until_blocking


def run_overlapping(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """Run both, each on its own connection, and return what each returned or raised.

    `second` starts when `first` has done everything but commit. `first` commits once `second` waits for it or is done.
    """
    acted, done = threading.Event(), threading.Event()

    def begin() -> Any:
        try:
            with transaction.atomic():
                result = first()
                acted.set()
                wait_until_blocking(done.is_set)
                return result
        finally:
            acted.set()

    def follow() -> Any:
        assert acted.wait(60)
        try:
            return second()
        finally:
            done.set()

    return at_once([begin, follow])
