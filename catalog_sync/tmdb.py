"""The one doorway to TMDB. It fetches, paces and retries; what the rows mean is the matter of `mapping`."""

import gzip
import json
import logging
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from django.conf import settings
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from catalog_sync.errors import NotConfigured, NotFound, Refused, Unavailable, UpstreamError
from catalog_sync.limiter import RateLimiter

log = structlog.get_logger(__name__)

MAX_PAGE = 500  # TMDB reports the true number of pages but serves no more than these
MAX_BYTES = 8 * 1024 * 1024
ATTEMPTS = 8
TIMEOUT = (5.0, 20.0)  # seconds to connect, and to wait for the next bytes of a reply
TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
BACKOFF = wait_exponential_jitter(multiplier=0.25, max=10, jitter=0.25)
RETRY_AFTER = Retry(retry_after_max=60)


def hide_keys(record: logging.LogRecord) -> bool:
    """A log filter: urllib3 writes whole addresses, and TMDB's older keys are part of the address."""
    record.msg, record.args = re.sub(r"(api_key=)[^&\s\"')]+", r"\1***", record.getMessage()), ()
    return True


logging.getLogger("urllib3.connectionpool").addFilter(hide_keys)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. Its rows are as TMDB sent them, unchecked."""

    number: int
    results: list[object]
    total_pages: int


class TMDB:
    """Safe to share between threads. `on_retry(reason, seconds)` hears of every wait before another attempt."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        limiter: RateLimiter | None = None,
        on_retry: Callable[[str, float], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._auth = _Key(settings.TMDB_API_KEY if api_key is None else api_key)
        self._base_url = (base_url or settings.TMDB_BASE_URL).rstrip("/")
        # Named for the host, so that a stand-in and the real TMDB do not share one allowance.
        host = urlsplit(self._base_url).netloc.rpartition("@")[2]
        self._limiter = limiter or RateLimiter(host, settings.TMDB_REQUESTS_PER_SECOND)
        self._on_retry = on_retry
        self._local = threading.local()
        self._retrying = Retrying(
            retry=retry_if_exception_type(_Transient),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            before_sleep=self._before_retry,
            sleep=sleep or time.sleep,
            reraise=True,
        )

    def genres(self) -> list[object]:
        """TMDB's genres of films, unchecked rows of {id, name}."""
        return self._get("/genre/movie/list", "genres", {})["genres"]

    def popular(self, page: int) -> Page:
        return self._page("/movie/popular", page, {})

    def discover(self, page: int, **filters: str | float | bool) -> Page:
        """Filters in TMDB's own names; those with a dot are given as `**{"vote_count.gte": 100}`."""
        return self._page("/discover/movie", page, filters)

    def _page(self, path: str, page: int, filters: Mapping[str, str | float | bool]) -> Page:
        if not 1 <= page <= MAX_PAGE:
            raise ValueError(f"TMDB serves the pages 1 to {MAX_PAGE}.")
        # Requests would write a boolean in Python's spelling, which TMDB does not read.
        params = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
        reply = self._get(path, "results", params | {"page": page})
        return Page(page, reply["results"], min(reply["total_pages"], MAX_PAGE))

    def _get(self, path: str, rows: str, params: Mapping[str, str | float]) -> dict[str, Any]:
        """The reply, which surely holds a list called `rows`."""
        return self._retrying(self._attempt, path, rows, params)

    def _attempt(self, path: str, rows: str, params: Mapping[str, str | float]) -> dict[str, Any]:
        self._limiter.acquire()
        return _shaped(self._fetch(path, params), rows)

    def _fetch(self, path: str, params: Mapping[str, str | float]) -> bytes:
        problem: UpstreamError
        try:
            with self._session().get(
                self._base_url + path, params=params, timeout=TIMEOUT, stream=True, allow_redirects=False
            ) as response:
                _check_status(response)
                return _body(response)
        except requests.Timeout:
            problem = _Transient("TMDB did not answer in time.")
        except requests.ConnectionError:
            problem = _Transient("TMDB could not be reached.")
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            problem = _Transient("TMDB's reply broke off before its end.")
        except requests.RequestException:
            problem = Refused("TMDB_BASE_URL is not an address that can be asked.")
        # Raised out here, because the error above would hang on to it and carries the address, key included.
        raise problem

    def _session(self) -> requests.Session:
        """One a thread: requests does not promise that a session can be shared."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.auth = self._auth
            self._local.session.headers.update(
                {"Accept": "application/json", "User-Agent": f"Marquee/{settings.MARQUEE_VERSION}"}
            )
        return self._local.session

    def _before_retry(self, state: RetryCallState) -> None:
        error, seconds = _failure(state), state.upcoming_sleep
        log.warning(
            "tmdb_retry", path=state.args[0], attempt=state.attempt_number, seconds=round(seconds, 2), reason=str(error)
        )
        if error.status == requests.codes.too_many_requests:
            self._limiter.pause(seconds)
        if self._on_retry:
            self._on_retry(str(error), seconds)


class _Transient(Unavailable):
    """Worth another attempt, after `retry_after` seconds at least."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class _Key(AuthBase):
    """Puts the key into each request on its way out, so that no variable, address or error of ours holds it."""

    def __init__(self, key: str) -> None:
        self._key = key.strip()
        if not self._key:
            raise NotConfigured("TMDB_API_KEY is not set.")
        if not re.fullmatch(r"[A-Za-z0-9._~+/=-]+", self._key):
            raise NotConfigured("TMDB_API_KEY holds characters that no key has.")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if "." in self._key:  # a Read Access Token is a JWT, whose parts are joined by dots
            request.headers["Authorization"] = f"Bearer {self._key}"
        else:
            request.prepare_url(request.url, {"api_key": self._key})
        return request


def _failure(state: RetryCallState) -> _Transient:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, _Transient):
        raise TypeError("Only transient failures are tried again.")
    return error


def _wait(state: RetryCallState) -> float:
    return max(BACKOFF(state), _failure(state).retry_after)


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status in TRANSIENT_STATUSES:
        busy = status == requests.codes.too_many_requests
        message = "TMDB asks for fewer requests." if busy else f"TMDB is out of order (status {status})."
        raise _Transient(message, status=status, retry_after=_retry_after(response))
    if status == requests.codes.unauthorized:
        raise Refused("TMDB does not accept the key in TMDB_API_KEY.")
    if status == requests.codes.not_found:
        raise NotFound("TMDB does not have what was asked for.")
    if 300 <= status < 400:
        raise Refused("TMDB sent us on to another address, which is not followed.")
    if status >= 400:
        raise Refused(f"TMDB refused the request (status {status}).")


def _retry_after(response: requests.Response) -> float:
    """Seconds, at most 60; 0 when the header is missing or makes no sense."""
    try:
        return RETRY_AFTER.parse_retry_after(response.headers.get("Retry-After", "0"))
    except (InvalidHeader, ValueError, OverflowError):
        return 0


def _body(response: requests.Response) -> bytes:
    body = b""
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > MAX_BYTES:
            raise _Transient("TMDB sent a reply that is too large.")
    return body


def _shaped(body: bytes, rows: str) -> dict[str, Any]:
    """The reply as an object that holds the list `rows` and, for a page, the number of pages."""
    # Seen in the wild: a compressed body without the header that says so.
    text = _decompressed(body) if body.startswith(b"\x1f\x8b") else body
    reply = None
    with suppress(ValueError, RecursionError):
        reply = json.loads(text)
    if not isinstance(reply, dict):
        raise _Transient("TMDB sent a reply that is not a JSON object.")
    if not isinstance(reply.get(rows), list):
        raise _Transient(f"TMDB sent a reply without its list of {rows}.")
    total = reply.get("total_pages", None if rows == "results" else 0)
    if not isinstance(total, int) or total < 0:
        raise _Transient("TMDB sent a reply without its number of pages.")
    return reply


def _decompressed(body: bytes) -> bytes:
    try:
        with gzip.open(BytesIO(body)) as file:
            content = file.read(MAX_BYTES + 1)
    except (EOFError, OSError, zlib.error):
        raise _Transient("TMDB's reply broke off before its end.") from None
    if len(content) > MAX_BYTES:
        raise _Transient("TMDB sent a reply that is too large.")
    return content
