"""Concurrent look-ups in several processes: `python -m catalog_sync.tests.lookup.crowd PROCESSES THREADS [alone]`.

Reads the titles as one line of JSON, prints "ready", begins with the next line, all threads of all processes together,
and prints how often each outcome came. A busy look-up is tried again. With `alone`, no caller waits for another: for
controls.
"""

import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

TRIES = 200


def main(processes: int, threads: int, alone: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from catalog_sync import lookup  # noqa: F401 - here, so that each process has it already

    if alone:
        from catalog_sync.lookup.single_flight import Lease, SingleFlight

        SingleFlight.acquire = lambda self, question: Lease(self, question, "token")  # type: ignore[method-assign]
    titles = json.loads(sys.stdin.readline())
    # Forked, because a start of Django takes seconds; nothing is connected yet.
    forked = get_context("fork")
    together, outcomes = forked.Barrier(processes * threads + 1), forked.Queue()
    for number in range(processes):
        forked.Process(target=look_up, args=(titles[number::processes], threads, together, outcomes)).start()
    while together.n_waiting < processes * threads:
        time.sleep(0.01)
    print("ready", flush=True)
    sys.stdin.readline()
    together.wait()
    print(json.dumps(sum((outcomes.get() for _ in range(processes)), Counter())))


def look_up(titles: list[str], threads: int, together: Barrier, outcomes: "Queue[Counter[str]]") -> None:
    """Look the titles up in as many threads, once all processes are there, and put how often each outcome came."""
    from django.db import connection

    def look_up_some(number: int) -> list[str]:
        connection.ensure_connection()
        together.wait()
        try:
            return [outcome(title) for title in titles[number::threads]]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        outcomes.put(Counter(outcome for some in pool.map(look_up_some, range(threads)) for outcome in some))


def outcome(title: str) -> str:
    from django.db import OperationalError

    from catalog_sync import lookup
    from common.errors import UpstreamUnavailable

    for _ in range(TRIES):
        try:
            return f"film {lookup.find(title).imdb_id}"
        except lookup.Busy:
            time.sleep(0.05)
        except (lookup.UnknownFilm, UpstreamUnavailable, OperationalError) as error:
            return type(error).__name__
    return "busy all the time"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), "alone" in sys.argv[3:])
