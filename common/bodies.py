"""Bodies that come in chunks, without a declared length."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings


class ChunkedBodies:
    """WSGI middleware for bodies without a length, which Django takes for empty ones and would silently ignore.

    At most one byte more than is read later is kept, so that a body that is too large is refused as such.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked" and not environ.get("CONTENT_LENGTH"):
            is_form = environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
            limit = settings.MAX_UPLOAD_BYTES if is_form else settings.API_MAX_BODY_BYTES
            body = read_up_to(environ["wsgi.input"], limit + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self._application(environ, start_response)


def read_up_to(stream: Any, size: int) -> bytes:
    """Read `size` bytes, or fewer at the end of the stream only; `stream.read(size)` may return fewer before."""
    parts, missing = [], size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
