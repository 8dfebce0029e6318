"""What a request asks for, read from its scope before anything else is built."""

from functools import lru_cache
from typing import Any, NamedTuple

from compression_middleware.middleware import compressor
from django.conf import settings

Key = tuple[bytes, ...]
"""Path, query, host, content encoding, scheme and origin: all that an answer for everybody depends on."""

LONGEST = 500  # bytes of path and query; a longer address is hardly asked for twice
# With one of these, a request asks for something else than the whole answer, or has a body.
UNUSUAL = frozenset(
    {
        b"hx-request",
        b"content-length",
        b"transfer-encoding",
        b"range",
        b"if-match",
        b"if-unmodified-since",
        b"expect",
        b"upgrade",
    }
)
ANY_KIND, JSON, BEARER = b"*/*", b"application/json", b"bearer "
# A script of our pages sets it: it will fill in what is the visitor's own.
FILLS_PARTS = b"parts=1"
# In a cookie that a manager's browser has besides its session. It proves nothing: the session is looked up then.
MANAGES = "-manager"


class Question(NamedTuple):
    """A GET or HEAD whose answer may be one for everybody."""

    key: Key
    is_head: bool
    known: bytes
    """Of If-None-Match."""
    token: bytes
    """An access token, not checked yet."""
    has_session: bool
    session: bytes
    """The session's key, not checked yet, if the browser says that it is a manager's."""

    @property
    def is_signed_in(self) -> bool:
        return bool(self.token) or self.has_session


class Reader:
    """Reads questions by the settings of the site, which it looks up once."""

    def __init__(self) -> None:
        self._session = f"{settings.SESSION_COOKIE_NAME}=".encode()
        self._manages = MANAGES.encode()
        self._messages = f"{settings.COOKIE_PREFIX}messages=".encode()
        self._origins = {origin.encode() for origin in settings.CORS_ALLOWED_ORIGINS}
        proxy = settings.SECURE_PROXY_SSL_HEADER
        self._scheme = proxy[0].removeprefix("HTTP_").replace("_", "-").lower().encode() if proxy else b""

    def read(self, scope: dict[str, Any]) -> Question | None:
        """Return what the request asks for; None if Django has to see the request as it is."""
        method, pairs = scope["method"], scope["headers"]
        if method not in {"GET", "HEAD"}:
            return None
        headers = dict(pairs)
        if len(headers) != len(pairs) or not UNUSUAL.isdisjoint(headers):
            return None
        path, query, find = scope["raw_path"], scope["query_string"], headers.get
        accept, token = find(b"accept", ANY_KIND), find(b"authorization", b"")
        if (ANY_KIND not in accept and JSON not in accept) or len(path) + len(query) > LONGEST:
            return None
        if token:
            if token[: len(BEARER)].lower() != BEARER:
                return None
            token = token[len(BEARER) :].strip()
        has_session, session, cookie = False, b"", find(b"cookie")
        if cookie:
            if self._messages in cookie:
                return None
            has_session = self._session in cookie
            if has_session and FILLS_PARTS not in cookie and not path.startswith(b"/api/"):
                return None
            if has_session and self._manages in cookie:
                session = cookie.partition(self._session)[2].partition(b";")[0].strip()
        origin = find(b"origin", b"")
        key = (
            path,
            query,
            find(b"host", b""),
            choose_encoding(find(b"accept-encoding", b"")),
            find(self._scheme, b"") if self._scheme else b"",
            origin if origin in self._origins else b"",
        )
        return Question(key, method == "HEAD", find(b"if-none-match", b""), token, has_session, session)

    def build_headers(self, key: Key) -> list[tuple[bytes, bytes]]:
        """Return the headers of the request that Django gets: nothing in them is one visitor's."""
        _, _, host, encoding, scheme, origin = key
        headers = [
            (b"host", host),
            (b"accept", ANY_KIND),
            (b"accept-encoding", encoding),
            (self._scheme, scheme),
            (b"origin", origin),
        ]
        return [(name, value) for name, value in headers if name and value]


@lru_cache(maxsize=256)
def choose_encoding(accepted: bytes) -> bytes:
    """Return the content encoding that the compression of answers would choose."""
    name = compressor(accepted.decode("latin-1"))[0]
    return name.encode() if name else b""
