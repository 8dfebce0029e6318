"""Bodies of requests: counted, timed, and in a file when they are large."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NoReturn, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig

from common.front.places import Places

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]

IDLE_SECONDS = 5.0  # between two pieces of a body
# A body must be there after START_SECONDS, and a second later for every SLOWEST_BYTES of it: an upload on a slow line
# may go on for minutes, and one byte now and then may not.
START_SECONDS = 15.0
SLOWEST_BYTES = 32 * 1024
IN_MEMORY_BYTES = 128 * 1024  # more of a body is in a file


class BodyTooSlowError(Exception):
    """The client took too long to send the body."""


class BodyBrokenError(Exception):
    """The connection ended, or held something that is no body, before the body was complete."""


class UnreadBody:
    """The input of a request whose body is too large: whatever reads it refuses the request with 413."""

    def read(self, _size: int = -1) -> NoReturn:
        raise RequestDataTooBig("The body is larger than is read here.")

    readline = readlines = __iter__ = read


@dataclass(frozen=True)
class Body:
    """What Django reads, and its length in bytes; without a length the request has no body."""

    input: IO[bytes]
    length: int | None


def find_limit(content_type: str) -> int:
    """Return how many bytes a body may have: forms with files may be larger than other bodies."""
    is_upload = content_type.lower().startswith("multipart/")
    limit: int = settings.MAX_UPLOAD_BYTES if is_upload else settings.API_MAX_BODY_BYTES
    return limit


def has_body(headers: Mapping[str, str]) -> bool:
    """Return whether an HTTP/1 request has a body, which one of two headers announces."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def read_body(headers: Mapping[str, str], receive: Receive, held: ExitStack, large: Places) -> Body:
    """Return the whole body; `held` frees it. One that is too large is not read to its end, but has its length.

    Raises BodyTooSlowError, BodyBrokenError, and BusyError when no place is free for a `large` one.
    """
    file = held.enter_context(SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115 - `held` closes it
    limit, length, started = find_limit(headers.get("content-type", "")), 0, time.monotonic()
    declared = int(headers.get("content-length") or 0)
    more = declared <= limit
    while more:
        message = await _receive_until(started + START_SECONDS + length / SLOWEST_BYTES, receive)
        piece = message.get("body", b"")
        if length <= IN_MEMORY_BYTES < length + len(piece):
            held.enter_context(large.take())
        length += len(piece)
        more = message.get("more_body", False) and length <= limit
        file.write(piece)
    if max(declared, length) > limit:
        return Body(cast("IO[bytes]", UnreadBody()), max(declared, length))
    file.seek(0)
    return Body(cast("IO[bytes]", file), length)


async def _receive_until(deadline: float, receive: Receive) -> Message:
    try:
        async with asyncio.timeout(min(IDLE_SECONDS, deadline - time.monotonic())):
            message = await receive()
    except TimeoutError as error:
        raise BodyTooSlowError from error
    if message["type"] != "http.request":
        raise BodyBrokenError
    return message
