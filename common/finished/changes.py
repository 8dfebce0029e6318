"""Changes: each commit gives the kinds of rows that it wrote a new version, which no answer made before has.

Apps register the tables from which their answers are made; no write path can forget to report, because the database's
backend sees every statement. Whatever else writes to the tables (psql, a restored backup) is followed by
`manage.py forget_answers`; CACHE_TTL bounds the rest.
"""

import os
import time
from collections.abc import Iterable, Mapping
from threading import Lock, Thread

import structlog
from django.conf import settings
from redis import RedisError

from common.services import redis_clients
from common.services.postgres import writes

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0

_kinds_of: dict[str, frozenset[str]] = {}


def register(tables: Mapping[str, Iterable[str]]) -> None:
    """Register the kinds that change with each table: triggers' side effects as well."""
    for table, kinds in tables.items():
        _kinds_of[table] = _kinds_of.get(table, frozenset()) | frozenset(kinds)
    if report not in writes.listeners:
        writes.listeners.append(report)


def kinds() -> list[str]:
    """Return all kinds, in one order."""
    return sorted(frozenset().union(*_kinds_of.values()))


def tables() -> dict[str, frozenset[str]]:
    return dict(_kinds_of)


def version_key(kind: str) -> str:
    return f"marquee:version:{kind}"


def new_version() -> str:
    """Return a version that no kind ever had, so that a key which Redis lost begins with another one than before."""
    return f"{time.time_ns():x}-{os.urandom(4).hex()}"


def report(written: Iterable[str]) -> None:
    """Give the kinds of these tables new versions. Never raises: what Redis does not take is tried again."""
    changed = frozenset[str]().union(*(_kinds_of.get(table, frozenset()) for table in written))
    if changed and settings.CACHE_TTL and not _set_versions(changed):
        _late.add(changed)


def forget_answers() -> bool:
    """Give all kinds new versions, so that every answer is made again; return whether Redis knows."""
    return _set_versions(kinds())


def _set_versions(changed: Iterable[str]) -> bool:
    try:
        redis_clients.client(settings.REDIS_URL).mset({version_key(kind): new_version() for kind in changed})
    except RedisError as error:
        log.warning("change_not_reported", kinds=sorted(changed), error=type(error).__name__)
        return False
    return True


class _Late:
    """Changes that Redis does not know of yet, with a thread that tells it as soon as it is back."""

    def __init__(self) -> None:
        self._kinds: frozenset[str] = frozenset()
        self._lock = Lock()

    def add(self, changed: frozenset[str]) -> None:
        with self._lock:
            is_first = not self._kinds
            self._kinds |= changed
        if is_first:
            Thread(target=self._tell, name="changes", daemon=True).start()

    def _tell(self) -> None:
        while self._kinds:
            time.sleep(RETRY_SECONDS)
            with self._lock:
                if _set_versions(self._kinds):
                    self._kinds = frozenset()


_late = _Late()
