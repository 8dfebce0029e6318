"""People who are signed in, by token or in a browser: verified once, and again as soon as any sign-in has changed."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import structlog
from django.db import DatabaseError, close_old_connections

from common.finished.versions import Versions
from common.services.postgres.base import STATEMENT_SECONDS, limit

log = structlog.get_logger(__name__)

SIGN_INS = ("sign-ins",)
"""The kind of all rows by which a token can end."""
REMEMBERED_SECONDS = 30.0
MOST = 2_000


class Person(NamedTuple):
    pk: int
    is_manager: bool
    until: float
    """When the token or session ends, in seconds since the epoch."""


Verify = Callable[[str], Person | None]


class _Known(NamedTuple):
    person: Person
    versions: tuple[bytes, ...]
    until: float


class People:
    """Only the event loop uses it; `verify` asks the database, in a thread of its own."""

    def __init__(self, verify: Verify, versions: Versions) -> None:
        self._verify, self._versions = verify, versions
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="people")

    async def identify(self, token: bytes) -> Person | None:
        """Return whose token or session it is; None if Django has to refuse it, or the database does not answer.

        The versions of this moment have been asked for before.
        """
        known, versions = self._known.get(token), self._versions.of(SIGN_INS)
        if known and known.versions == versions and time.time() < known.until:
            return known.person
        person = await asyncio.get_running_loop().run_in_executor(self._pool, self._verify_in_thread, token)
        self._known.pop(token, None)
        if person:
            until = min(person.until, time.time() + REMEMBERED_SECONDS)
            self._known[token] = _Known(person, versions, until)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return person

    def _verify_in_thread(self, token: bytes) -> Person | None:
        close_old_connections()
        try:
            with limit(STATEMENT_SECONDS):
                return self._verify(token.decode("latin-1"))
        except DatabaseError as error:
            log.warning("person_not_verified", error=type(error).__name__)
            return None
