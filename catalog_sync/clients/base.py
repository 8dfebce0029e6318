"""Base of the clients of TMDB and OMDb: rate limit, timeouts, bounded retries, and errors that never hold a key.

A client fetches rows; `mapping` interprets them.
"""

import gzip
import json
import logging
import math
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import structlog
import urllib3.exceptions
from django.conf import settings
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_any, stop_before_delay
from tenacity.stop import stop_when_event_set
from tenacity.wait import wait_exponential_jitter
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from catalog_sync.clients.errors import KeyRefused, NotConfigured, NotFound, Refused, Unavailable, UpstreamError
from catalog_sync.clients.limiter import REDIS_RETRY_SECONDS, RateLimiter

log = structlog.get_logger(__name__)
T = TypeVar("T")

MAX_BYTES = 8 * 1024 * 1024
TIMEOUT = (5.0, 20.0)  # seconds to connect, and to wait for the next bytes of a reply
TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
BACKOFF = wait_exponential_jitter(multiplier=0.25, max=10, jitter=0.25)
RETRY_AFTER = Retry(retry_after_max=60)


def mask_keys(record: logging.LogRecord) -> bool:
    """Mask keys in a log record, as a log filter: urllib3 logs whole addresses, and some keys are part of them."""
    record.msg, record.args = re.sub(r"(api_?key=)[^&\s\"')]+", r"\1***", record.getMessage()), ()
    return True


logging.getLogger("urllib3.connectionpool").addFilter(mask_keys)


class TransientFailure(Unavailable):
    """A failure worth another attempt, after `retry_after` seconds at least."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class KeyAuth(AuthBase):
    """Authentication that adds the key as a request is sent, so that no variable, address or error of ours holds it."""

    def __init__(self, key: str, setting: str, parameter: str) -> None:
        self._key, self._parameter = key.strip(), parameter
        if not self._key:
            raise NotConfigured(f"{setting} is not set.")
        if not re.fullmatch(r"[A-Za-z0-9._~+/=-]+", self._key):
            raise NotConfigured(f"{setting} contains characters that are not part of a key.")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.prepare_url(request.url, {self._parameter: self._key})
        return request


class NoRedirectSession(requests.Session):
    """A session without redirects: allow_redirects=False alone would still read their body and parse their address."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class ProviderClient:
    """An HTTP client that threads can share. `on_retry(reason, seconds)` is called before every wait for a retry."""

    provider: str
    key_setting: str
    address_setting: str
    attempts = 8
    timeout = TIMEOUT
    retry_seconds = math.inf  # no other attempt begins after these
    redis_retry_seconds = REDIS_RETRY_SECONDS
    max_wait = math.inf  # seconds that a request may wait for the rate limit

    def __init__(
        self,
        auth: AuthBase,
        base_url: str,
        per_second: int,
        *,
        limiter: RateLimiter | None = None,
        on_retry: Callable[[str, float], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._auth = auth
        self._base_url = base_url.rstrip("/")
        # Named after the host, so that a stand-in and the real provider do not share one rate limit.
        self._host = urlsplit(self._base_url).netloc.rpartition("@")[2]
        self._limiter = limiter or RateLimiter(
            self._host, per_second, retry_seconds=self.redis_retry_seconds, max_wait=self.max_wait
        )
        self._on_retry = on_retry
        self._local = threading.local()
        self._closed = threading.Event()
        self._retrying = Retrying(
            retry=retry_if_exception_type(TransientFailure),
            stop=stop_any(
                stop_after_attempt(self.attempts),
                stop_before_delay(self.retry_seconds),
                stop_when_event_set(self._closed),
            ),
            wait=_wait,
            before_sleep=self._before_retry,
            sleep=sleep or self._sleep,
            reraise=True,
        )

    def close(self) -> None:
        """End the waits for another attempt in all threads: they give up."""
        self._closed.set()

    def _sleep(self, seconds: float) -> None:
        self._closed.wait(seconds)

    def _get(self, path: str, params: Mapping[str, str | float], read: Callable[[bytes], T]) -> T:
        """Return what `read` makes of the reply. It raises TransientFailure for a reply worth another attempt."""
        return self._retrying(self._attempt, path, params, read)

    def _attempt(self, path: str, params: Mapping[str, str | float], read: Callable[[bytes], T]) -> T:
        self._acquire_permit()
        return read(self._decompress(self._fetch(path, params)))

    def _acquire_permit(self) -> None:
        """Block until one request may be sent."""
        self._limiter.acquire()

    def _fetch(self, path: str, params: Mapping[str, str | float]) -> bytes:
        failure: UpstreamError
        try:
            return self._request(path, params)
        except requests.Timeout:
            failure = TransientFailure(f"{self.provider} did not answer in time.")
        except requests.ConnectionError:
            failure = TransientFailure(f"{self.provider} could not be reached.")
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            failure = self._incomplete_reply()
        except requests.RequestException:
            failure = Refused(f"{self.address_setting} is not a valid address.")
        # Raised outside of the handlers: chained errors of requests would hold the address, key included.
        raise failure

    def _request(self, path: str, params: Mapping[str, str | float]) -> bytes:
        with self._session().get(
            self._base_url + path, params=params, timeout=self.timeout, stream=True, allow_redirects=False
        ) as response:
            self._check_status(response)
            return self._read_body(response)

    def _session(self) -> requests.Session:
        """Return the session of this thread: requests does not promise that threads can share one."""
        if not hasattr(self._local, "session"):
            self._local.session = NoRedirectSession()
            self._local.session.auth = self._auth
            self._local.session.headers.update(
                {"Accept": "application/json", "User-Agent": f"Marquee/{settings.MARQUEE_VERSION}"}
            )
        return self._local.session

    def _check_status(self, response: requests.Response) -> None:
        status = response.status_code
        if status in TRANSIENT_STATUSES:
            is_busy = status == requests.codes.too_many_requests
            message = "asks for fewer requests." if is_busy else f"is out of order (status {status})."
            raise TransientFailure(f"{self.provider} {message}", status=status, retry_after=_retry_after(response))
        if status >= 300:
            raise self._error_for_status(status, response)

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """Return the error for a final status; subclasses may read more from the body of `response`."""
        if status == requests.codes.unauthorized:
            return KeyRefused(f"{self.provider} does not accept the key in {self.key_setting}.")
        if status == requests.codes.not_found:
            return NotFound(f"{self.provider} does not have this record.")
        if status < 400:
            return Refused(f"{self.provider} redirected to another address, which is not followed.")
        return Refused(f"{self.provider} refused the request (status {status}).")

    def _read_body(self, response: requests.Response) -> bytes:
        body = b""
        for chunk in response.iter_content(65_536):
            body += chunk
            if len(body) > MAX_BYTES:
                raise self._oversized_reply()
        return body

    def _decompress(self, body: bytes) -> bytes:
        """Return the body, decompressed if it is gzip: providers send that without its header at times."""
        if not body.startswith(b"\x1f\x8b"):
            return body
        try:
            with gzip.open(BytesIO(body)) as file:
                content = file.read(MAX_BYTES + 1)
        except (EOFError, OSError, zlib.error):
            raise self._incomplete_reply() from None
        if len(content) > MAX_BYTES:
            raise self._oversized_reply()
        return content

    def _incomplete_reply(self) -> TransientFailure:
        return TransientFailure(f"{self.provider}'s reply ended early.")

    def _oversized_reply(self) -> TransientFailure:
        return TransientFailure(f"{self.provider} sent a reply that is too large.")

    def _before_retry(self, state: RetryCallState) -> None:
        error, seconds = _failure(state), state.upcoming_sleep
        log.warning(
            "upstream_retry",
            provider=self.provider,
            path=state.args[0],
            attempt=state.attempt_number,
            seconds=round(seconds, 2),
            reason=str(error),
        )
        if error.status == requests.codes.too_many_requests:
            self._limiter.pause(seconds)
        if self._on_retry:
            self._on_retry(str(error), seconds)


@contextmanager
def translate_urllib3_errors() -> Iterator[None]:
    """Raise the errors of urllib3 while reading a body as those of requests, which `_fetch` handles."""
    try:
        yield
    except urllib3.exceptions.ReadTimeoutError:
        raise requests.Timeout from None
    except urllib3.exceptions.HTTPError:
        raise requests.exceptions.ChunkedEncodingError from None


def parse_json_object(text: bytes) -> dict[str, Any] | None:
    """Return the JSON object; None for anything else."""
    reply = None
    with suppress(ValueError, RecursionError):
        reply = json.loads(text)
    return reply if isinstance(reply, dict) else None


def _failure(state: RetryCallState) -> TransientFailure:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, TransientFailure):
        raise TypeError("Only transient failures are retried.")
    return error


def _wait(state: RetryCallState) -> float:
    return max(BACKOFF(state), _failure(state).retry_after)


def _retry_after(response: requests.Response) -> float:
    """Return the header's seconds, at most 60; 0 when it is missing or invalid."""
    try:
        return RETRY_AFTER.parse_retry_after(response.headers.get("Retry-After", "0"))
    except (InvalidHeader, ValueError, OverflowError):
        return 0
