"""Answers to questions: the current entry of this process or of another one, or a new one of Django's."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

from django.conf import settings
from django.urls import Resolver404, resolve
from redis import RedisError

from common.finished import changes
from common.finished.copies import Copies
from common.finished.declarations import FINISHED, Declaration, find_declaration
from common.finished.entries import (
    OLD_SECONDS,
    Answer,
    Entry,
    Header,
    Lifetime,
    Ready,
    can_be_kept,
    keep_headers,
)
from common.finished.flights import Flights
from common.finished.metering import Meter
from common.finished.people import People, Person, Verify
from common.finished.questions import Question, Reader
from common.finished.shelf import Shelf, name_of
from common.finished.trace import HIT, MISS, SHARED, STALE, Trace, describe
from common.finished.versions import Versions
from common.limits.charging import COUNTED, UNSEEN

Scope = dict[str, Any]
Ask = Callable[[list[Header], dict[str, Any]], Awaitable[Answer]]
"""Asks Django for the scope's address with these headers only, and these additions to the environ."""

LOOK_SECONDS = 0.025  # between two looks for what another process makes


class Made(NamedTuple):
    entry: Entry | None
    answer: Answer | None = None
    """Django's, if this request asked for it."""
    outcome: str = HIT


class FinishedAnswers:
    """The finished answers of one process. Only its event loop uses them."""

    def __init__(self, verify: Verify, verify_session: Verify) -> None:
        """`verify` is for access tokens, `verify_session` for the keys of browsers' sessions."""
        self._shelf = Shelf()
        self._reader = Reader()
        self._copies = Copies(settings.CACHE_COPIES_BYTES)
        self._versions = Versions(changes.kinds(), self._shelf.versions)
        self._people, self._browsers = People(verify, self._versions), People(verify_session, self._versions)
        self._meter = Meter()
        self._trace = Trace(self._shelf)
        self._flights: Flights[Made] = Flights()
        self._ids = request_ids()
        self._find_declared = lru_cache(maxsize=2_000)(find_declared)

    def find(self, scope: Scope) -> Ready | None:
        """Return the answer to a visitor if this process has the current one. This is the path that must be short."""
        question = self._reader.read(scope)
        if question is None or question.is_signed_in:
            return None
        entry, now = self._copies.find(question.key), time.monotonic()
        if entry is None or not self._versions.is_known(now) or not self._is_current(entry, now):
            return None
        return self._reply(entry, question, HIT, [], next(self._ids))

    async def answer(self, scope: Scope, ask: Ask) -> Ready | Answer | None:
        """Return the answer, which may be one of Django's for everybody; None if Django is to be asked individually."""
        question, declaration = self._reader.read(scope), self._find_declared(scope["path"])
        if (
            question is None
            or declaration is None
            or (question.is_signed_in and not declaration.serves_signed_in(scope["query_string"]))
        ):
            return None
        if not await self._know_versions(question):
            return None
        counted: list[Header] | None = []
        person: Person | None = None
        if question.token:
            person = await self._people.identify(question.token)
            counted = await self._meter.take(person, scope) if person else None
        elif question.session:
            person = await self._browsers.identify(question.session)
        if counted is None:
            return None
        made = await self._find_or_make(question, declaration, ask)
        if made.entry:
            limits, trace_id = _per_request(made.answer)
            extra = [*counted, *limits]
            if person and person.is_manager:
                extra.append(describe(made.outcome, made.entry, name_of(question.key)))
            return self._reply(made.entry, question, made.outcome, extra, trace_id or next(self._ids))
        return None if question.is_signed_in else made.answer

    async def _know_versions(self, question: Question) -> bool:
        """Return whether the versions are known; who may have written has to know those of this moment."""
        if not question.is_signed_in and self._versions.is_known(time.monotonic()):
            return True
        return await self._versions.refresh()

    def _is_current(self, entry: Entry, now: float) -> bool:
        if now >= entry.until:
            return False
        if entry.checked != self._versions.changes:
            if entry.versions != self._versions.of(entry.kinds):
                return False
            entry.checked = self._versions.changes
        entry.current_at = now
        return True

    async def _find_or_make(self, question: Question, declaration: Declaration, ask: Ask) -> Made:
        """Return the current answer. Of all who want it at once, one makes it.

        Meanwhile visitors get the answer that was the current one a moment ago, and the others wait.
        """
        entry, now = self._copies.find(question.key), time.monotonic()
        if entry and self._is_current(entry, now):
            return Made(entry)
        flight = (question.key, versions := self._versions.of(declaration.kinds))
        if flight in self._flights:
            if entry and not question.is_signed_in and now - entry.current_at <= OLD_SECONDS:
                return Made(entry, outcome=STALE)
            made = await self._flights.wait(flight)
            return Made(made.entry if made else None, outcome=SHARED)
        with suppress(RedisError):
            made = await self._flights.fly(flight, self._make(question, declaration, versions, ask))
            if made.entry:
                made.entry.current_at = max(made.entry.current_at, now)
            return made
        return Made(None)

    async def _make(self, question: Question, declaration: Declaration, versions: tuple[bytes, ...], ask: Ask) -> Made:
        name = name_of(question.key)
        if entry := await self._find_elsewhere(name, declaration, versions):
            self._copies.keep(question.key, entry)
            return Made(entry)
        entry, made_at = None, time.time()
        try:
            additions = {FINISHED: True, COUNTED: bool(question.token), UNSEEN: question.is_signed_in}
            answer = await ask(self._reader.build_headers(question.key), additions)
            entry = _finish(answer, declaration, versions, made_at)
        finally:
            if not entry:
                await self._shelf.give_up(name)
        if entry:
            self._copies.renew(question.key, entry)  # else kept when it is found in Redis, at the second question
            with suppress(RedisError):
                await self._shelf.keep(name, entry.dump(), entry.lifetime.kept)
        return Made(entry, answer, MISS)

    async def _find_elsewhere(self, name: str, declaration: Declaration, versions: tuple[bytes, ...]) -> Entry | None:
        """Return the current answer that another process made or is making; None if this process is to make it."""
        while True:
            if text := await self._shelf.find(name):
                entry = Entry.load(text, declaration.kinds)
                if entry.versions == versions and time.monotonic() < entry.until:
                    return entry
            if await self._shelf.claim(name):
                return None
            await asyncio.sleep(LOOK_SECONDS)

    def _reply(self, entry: Entry, question: Question, outcome: str, extra: list[Header], trace_id: bytes) -> Ready:
        extra = [*extra, (b"x-request-id", trace_id)]
        for_all = not question.is_signed_in
        ready = entry.answer(question.known, is_head=question.is_head, for_all=for_all, extra=extra)
        self._trace.note(outcome, entry)
        if self._trace.has_logs:
            self._trace.write(outcome, entry, name_of(question.key), trace_id.decode(), ready.status)
        return ready


def _finish(answer: Answer, declaration: Declaration, versions: tuple[bytes, ...], made_at: float) -> Entry | None:
    if not can_be_kept(answer.status, answer.headers, answer.size):
        return None
    total = min(settings.CACHE_TTL, declaration.seconds or settings.CACHE_TTL)
    body = answer.body.read()
    return Entry(versions, made_at, Lifetime(total), keep_headers(answer.headers), body, declaration.kinds)


def _per_request(answer: Answer | None) -> tuple[list[Header], bytes]:
    """Return the limits that Django counted this request for, and its trace id; nothing if it was not asked."""
    headers = answer.headers if answer else []
    limits = [header for header in headers if header[0] in {b"ratelimit", b"ratelimit-policy"}]
    return limits, next((value for name, value in headers if name == b"x-request-id"), b"")


def find_declared(path: str) -> Declaration | None:
    """Return what the route of this path declares."""
    try:
        return find_declaration(resolve(path).func)
    except Resolver404:
        return None


def request_ids() -> Any:
    """Yield ids of requests, in the form of those that Django's requests have, and cheaper."""
    node = str(uuid4())[:24].encode()
    for number in count(1):
        yield node + b"%012x" % number
