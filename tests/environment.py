"""A pytest plugin, loaded before Django's settings: gives every parallel worker databases of Redis of its own.

`make test` starts the services and names them in the environment; pytest-django makes one PostgreSQL database a worker.
"""

import gc
import os
import sys
from collections.abc import Generator
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import slipcover

from tests import measuring

if not os.environ.get("DATABASE_URL") or not os.environ.get("REDIS_URL"):
    sys.exit("The tests need their own PostgreSQL and Redis: run `make test` (or `make test ARGS='-k words'`).")

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def numbered(url: str, number: int) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


# Most tests are about what managers do; those about the second factor itself require it.
os.environ.setdefault("REQUIRE_SECOND_FACTOR", "False")
REDIS = os.environ["REDIS_URL"]
os.environ["REDIS_URL"] = numbered(REDIS, 2 * WORKER)
os.environ["BROKER_URL"] = numbered(REDIS, 2 * WORKER + 1)
# The customers of most tests have no confirmed email, and all of them one address. Tests of these limits set them.
os.environ["UNCONFIRMED_TICKETS"] = "1000"
os.environ["UNCONFIRMED_MAILS"] = "1000"
os.environ["SEATS_PER_ADDRESS"] = "0"
# slipcover tells pytest's workers nothing of its --threshold. A line that was counted is not left alone: that saves 20
# nanoseconds at each of its runs, and costs a tenth of a second, for a walk through all modules and frames.
measuring.prepare_faster()
slipcover.Slipcover = partial(slipcover.Slipcover, d_miss_threshold=1_000_000)


run_test = pytest.Function.runtest


def run_with_room(function: pytest.Function) -> None:
    """Run a test with a quarter of a megabyte for the frames of its calls.

    CPython gets 16 kB for frames and, where these are full, asks the system for more at each call and returns it after.
    A loop at such a depth takes ten times as long.
    """
    run_test(function)


# In slots of 8 bytes: more than 256 kB, so that this frame gets 512 kB, and leaves the rest to those above.
run_with_room.__code__ = run_with_room.__code__.replace(co_stacksize=34_000)
pytest.Function.runtest = run_with_room  # type: ignore[assignment]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Look for no garbage among what imports make, and less often afterwards: it takes a fifth of the tests' time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        gc.enable()


def pytest_unconfigure() -> None:
    """Free nothing at the end that the process frees by ending: to look through all that tests left takes seconds."""
    gc.freeze()


def enter_site(environment: dict[str, str]) -> None:
    """Make this process, which has only just started, one of the running site's."""
    import django

    os.environ.clear()
    os.environ.update(environment | {"DJANGO_SETTINGS_MODULE": "config.settings"})
    django.setup()
