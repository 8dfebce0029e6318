"""The ASGI application that reads requests, hands them to Django's threads and sends the answers."""

from collections.abc import Collection
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

import structlog

from common.finished.answering import FinishedAnswers
from common.finished.entries import Answer, Header, Ready
from common.front import refusals
from common.front.answers import Send, ask, send_answer, send_ready
from common.front.bodies import Body, BodyBrokenError, BodyTooSlowError, Receive, has_body, read_body
from common.front.environ import Scope, build_environ, read_headers
from common.front.lines import Line
from common.front.places import BusyError, Places

logger = structlog.get_logger(__name__)

THREADS = 4
# Beyond those that a thread works at. A request takes a thread for about 10 ms; with more of them waiting, or after
# more seconds, the reader of the last one has given up.
WAITING = 128
WAITING_SECONDS = 20.0
# Requests that hash a password wait in a line of their own: the process hashes about 40 a second, one at a time (see
# common.limits.slots), while the second thread reads and writes for the next one.
SIGN_IN_THREADS = 2
SIGN_INS_WAITING = 128
BODIES_AT_ONCE = 256  # being read; each has at most 128 kB in memory
LARGE_BODIES_AT_ONCE = 16  # each has a file of at most MAX_UPLOAD_BYTES
LARGE_ANSWERS_AT_ONCE = 64  # each has a file

LIVE = b'{"status":"up"}'
LIVE_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", b"%d" % len(LIVE)),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


class Front:
    """The ASGI application around a WSGI one.

    `live` is the path that tells whether the process answers; what is posted to the paths `sign_in` hashes a password;
    `finished` has answers that need no thread.
    """

    def __init__(
        self,
        application: WSGIApplication,
        live: str,
        finished: FinishedAnswers | None = None,
        sign_in: Collection[str] = (),
        threads: int = THREADS,
    ) -> None:
        self._application = application
        self._live = live
        self._finished = finished
        self._sign_in = frozenset(sign_in)
        self._requests = Line("django", threads, WAITING, WAITING_SECONDS)
        self._sign_ins = Line("sign-in", SIGN_IN_THREADS, SIGN_INS_WAITING, WAITING_SECONDS)
        self._bodies = Places(BODIES_AT_ONCE)
        self._large_bodies = Places(LARGE_BODIES_AT_ONCE)
        self._large_answers = Places(LARGE_ANSWERS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; no other kind of connection is served here."""
        if scope["type"] != "http":
            return
        if self._finished and (ready := self._finished.find(scope)):
            await send_ready(ready, send)
            return
        if scope["path"] == self._live and scope["method"] in {"GET", "HEAD"}:
            await send_answer(Answer(200, LIVE_HEADERS, BytesIO(LIVE), len(LIVE)), receive, send)
            return
        with ExitStack() as held:
            answer = await self._answer(scope, receive, held)
            if isinstance(answer, Ready):
                await send_ready(answer, send)
            else:
                await send_answer(answer, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, held: ExitStack) -> Answer | Ready:
        """Return an answer, or a refusal; `held` frees it."""
        try:
            if self._finished:
                ask = partial(self._ask_for_everybody, scope, held)
                if finished := await self._finished.answer(scope, ask):
                    return finished
            with ExitStack() as reading:
                headers = read_headers(scope["headers"])
                body = await self._read(headers, receive, reading)
                answer = await self._ask(build_environ(scope, headers, body), held)
        except BodyTooSlowError:
            answer = refusals.refuse(refusals.TOO_SLOW, scope["path"])
        except BodyBrokenError:
            answer = refusals.refuse(refusals.BROKEN, scope["path"])
        except BusyError:
            answer = refusals.refuse(refusals.BUSY, scope["path"])
        except Exception as error:
            logger.error("request_lost", exc_info=error)
            answer = refusals.refuse(refusals.FAILED, scope["path"])
        return answer

    async def _read(self, headers: dict[str, str], receive: Receive, held: ExitStack) -> Body:
        if not has_body(headers):
            return Body(BytesIO(), None)
        with self._bodies.take():
            return await read_body(headers, receive, held, self._large_bodies)

    async def _ask_for_everybody(
        self, scope: Scope, held: ExitStack, headers: list[Header], extra: dict[str, Any]
    ) -> Answer:
        """Ask as a client without a name does; its address is for the limits only."""
        addresses = [header for header in scope["headers"] if header[0] == b"x-forwarded-for"]
        asked = scope | {"method": "GET"}
        environ = build_environ(asked, read_headers([*headers, *addresses]), Body(BytesIO(), None))
        return await self._ask(environ | extra, held)

    async def _ask(self, environ: WSGIEnvironment, held: ExitStack) -> Answer:
        hashes = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in self._sign_in
        line = self._sign_ins if hashes else self._requests
        answer = await line.run(ask, self._application, environ)
        held.callback(answer.body.close)
        if answer.is_large:
            held.enter_context(self._large_answers.take())
        return answer
