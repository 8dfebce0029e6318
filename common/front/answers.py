"""Answers: finished before they are sent, and sent without a thread."""

import asyncio
from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from wsgiref.types import WSGIApplication, WSGIEnvironment

from common.finished.entries import IN_MEMORY_BYTES, Answer, Ready
from common.front.bodies import Receive

Send = Callable[[dict[str, Any]], Awaitable[None]]

PIECE_BYTES = 64 * 1024
# So long may a client take to make room for a piece. The server buffers four of them, and the system some more.
PIECE_SECONDS = 30.0
WITHOUT_BODY = {204, 304}


def ask(application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Return the whole answer of a WSGI application, which takes as long as the application does.

    What is streamed is gathered: its database cursor belongs to the thread, which a slow client would hold.
    """
    body = cast("IO[bytes]", SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115 - the answer's
    started: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Callable[[bytes], Any]:
        started.update(status=int(status[:3]), headers=headers)
        return body.write

    try:
        parts = application(environ, start_response)
        try:
            for part in parts:
                body.write(part)
        finally:
            if close := getattr(parts, "close", None):
                close()
    except BaseException:
        body.close()
        raise
    return _finish(body, **started)


def _finish(body: IO[bytes], status: int, headers: list[tuple[str, str]]) -> Answer:
    size = body.tell()
    body.seek(0)
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    # With its length, a client notices an answer that breaks off.
    if status not in WITHOUT_BODY and not any(name == b"content-length" for name, _ in raw):
        raw.append((b"content-length", b"%d" % size))
    return Answer(status, raw, body, size)


async def send_ready(ready: Ready, send: Send) -> None:
    await send({"type": "http.response.start", "status": ready.status, "headers": ready.headers})
    await send({"type": "http.response.body", "body": ready.body})


async def send_answer(answer: Answer, receive: Receive, send: Send) -> None:
    """Send the answer, until the client has gone or stops reading."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if answer.size <= PIECE_BYTES:
        await send({"type": "http.response.body", "body": answer.body.read()})
        return
    gone = asyncio.ensure_future(_wait_for_disconnect(receive))
    try:
        while not gone.done() and (piece := answer.body.read(PIECE_BYTES)):
            async with asyncio.timeout(PIECE_SECONDS):
                more = answer.body.tell() < answer.size
                await send({"type": "http.response.body", "body": piece, "more_body": more})
    except TimeoutError:
        pass  # the server closes a connection whose answer is shorter than it said
    finally:
        gone.cancel()


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
