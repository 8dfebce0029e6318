"""A process of concurrent look-ups: `python -m catalog_sync.tests.lookup.crowd THREADS [alone]`.

Reads the titles as one line of JSON, prints "ready", begins with the next line, all threads together, and prints how
often each outcome came. A busy look-up is tried again. With `alone`, no caller waits for another: for controls.
"""

import json
import os
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

TRIES = 200


def main(threads: int, alone: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import OperationalError, connection

    from catalog_sync import lookup
    from catalog_sync.lookup.single_flight import Lease, SingleFlight
    from common.errors import UpstreamUnavailable

    if alone:
        SingleFlight.acquire = lambda self, question: Lease(self, question, "token")  # type: ignore[method-assign]
    titles = json.loads(sys.stdin.readline())
    together = threading.Barrier(threads + 1)

    def outcome(title: str) -> str:
        for _ in range(TRIES):
            try:
                return f"film {lookup.find(title).imdb_id}"
            except lookup.Busy:
                time.sleep(0.05)
            except (lookup.UnknownFilm, UpstreamUnavailable, OperationalError) as error:
                return type(error).__name__
        return "busy all the time"

    def look_up(number: int) -> list[str]:
        connection.ensure_connection()
        together.wait()
        try:
            return [outcome(title) for title in titles[number::threads]]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        callers = [pool.submit(look_up, number) for number in range(threads)]
        print("ready", flush=True)
        sys.stdin.readline()
        together.wait()
        print(json.dumps(Counter(outcome for caller in callers for outcome in caller.result())))


if __name__ == "__main__":
    main(int(sys.argv[1]), "alone" in sys.argv[2:])
