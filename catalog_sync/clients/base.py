"""What the doorways to TMDB and OMDb share: pace, time limits, bounded retries, and errors that never hold a key.

A doorway fetches; what the rows mean is the matter of `mapping`.
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
from catalog_sync.clients.limiter import PATIENCE, RateLimiter

log = structlog.get_logger(__name__)
T = TypeVar("T")

MAX_BYTES = 8 * 1024 * 1024
TIMEOUT = (5.0, 20.0)  # seconds to connect, and to wait for the next bytes of a reply
TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
BACKOFF = wait_exponential_jitter(multiplier=0.25, max=10, jitter=0.25)
RETRY_AFTER = Retry(retry_after_max=60)


def mask_keys(record: logging.LogRecord) -> bool:
    """A log filter: urllib3 writes whole addresses, and some keys are part of the address."""
    record.msg, record.args = re.sub(r"(api_?key=)[^&\s\"')]+", r"\1***", record.getMessage()), ()
    return True


logging.getLogger("urllib3.connectionpool").addFilter(mask_keys)


class TransientFailure(Unavailable):
    """Worth another attempt, after `retry_after` seconds at least."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Key(AuthBase):
    """Puts the key into each request on its way out, so that no variable, address or error of ours holds it."""

    def __init__(self, key: str, setting: str, parameter: str) -> None:
        self._key, self._parameter = key.strip(), parameter
        if not self._key:
            raise NotConfigured(f"{setting} is not set.")
        if not re.fullmatch(r"[A-Za-z0-9._~+/=-]+", self._key):
            raise NotConfigured(f"{setting} holds characters that no key has.")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.prepare_url(request.url, {self._parameter: self._key})
        return request


class Session(requests.Session):
    """Looks at no redirect: requests would read its whole body and stumble over a broken address, only not follow."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class ProviderClient:
    """Safe to share between threads. `on_retry(reason, seconds)` hears of every wait before another attempt."""

    provider: str
    key_setting: str
    address_setting: str
    attempts = 8
    timeout = TIMEOUT
    patience = math.inf  # seconds after which no other attempt begins
    redis_retry_seconds = PATIENCE
    max_wait = math.inf  # seconds for one's turn

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
        # Named for the host, so that a stand-in and the real provider do not share one allowance.
        self._host = urlsplit(self._base_url).netloc.rpartition("@")[2]
        self._limiter = limiter or RateLimiter(
            self._host, per_second, patience=self.redis_retry_seconds, max_wait=self.max_wait
        )
        self._on_retry = on_retry
        self._local = threading.local()
        self._closed = threading.Event()
        self._retrying = Retrying(
            retry=retry_if_exception_type(TransientFailure),
            stop=stop_any(
                stop_after_attempt(self.attempts),
                stop_before_delay(self.patience),
                stop_when_event_set(self._closed),
            ),
            wait=_wait,
            before_sleep=self._before_retry,
            sleep=sleep or self._sleep,
            reraise=True,
        )

    def close(self) -> None:
        """Whoever waits for another attempt, in whatever thread, gives up."""
        self._closed.set()

    def _sleep(self, seconds: float) -> None:
        self._closed.wait(seconds)

    def _ask(self, path: str, params: Mapping[str, str | float], read: Callable[[bytes], T]) -> T:
        """What `read` makes of the reply; it raises Transient for one that is worth asking for again."""
        return self._retrying(self._attempt, path, params, read)

    def _attempt(self, path: str, params: Mapping[str, str | float], read: Callable[[bytes], T]) -> T:
        self._acquire_permit()
        return read(self._decompress(self._fetch(path, params)))

    def _acquire_permit(self) -> None:
        """Blocks until one request may be sent."""
        self._limiter.acquire()

    def _fetch(self, path: str, params: Mapping[str, str | float]) -> bytes:
        problem: UpstreamError
        try:
            return self._reply(path, params)
        except requests.Timeout:
            problem = TransientFailure(f"{self.provider} did not answer in time.")
        except requests.ConnectionError:
            problem = TransientFailure(f"{self.provider} could not be reached.")
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            problem = self._incomplete_reply()
        except requests.RequestException:
            problem = Refused(f"{self.address_setting} is not an address that can be asked.")
        # Raised out here, because the error above would hang on to it and carries the address, key included.
        raise problem

    def _reply(self, path: str, params: Mapping[str, str | float]) -> bytes:
        with self._session().get(
            self._base_url + path, params=params, timeout=self.timeout, stream=True, allow_redirects=False
        ) as response:
            self._check_status(response)
            return self._read_body(response)

    def _session(self) -> requests.Session:
        """One a thread: requests does not promise that a session can be shared."""
        if not hasattr(self._local, "session"):
            self._local.session = Session()
            self._local.session.auth = self._auth
            self._local.session.headers.update(
                {"Accept": "application/json", "User-Agent": f"Marquee/{settings.MARQUEE_VERSION}"}
            )
        return self._local.session

    def _check_status(self, response: requests.Response) -> None:
        status = response.status_code
        if status in TRANSIENT_STATUSES:
            busy = status == requests.codes.too_many_requests
            message = "asks for fewer requests." if busy else f"is out of order (status {status})."
            raise TransientFailure(f"{self.provider} {message}", status=status, retry_after=_retry_after(response))
        if status >= 300:
            raise self._error_for_status(status, response)

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """What a final status means; `response` for a provider that says more in the body."""
        if status == requests.codes.unauthorized:
            return KeyRefused(f"{self.provider} does not accept the key in {self.key_setting}.")
        if status == requests.codes.not_found:
            return NotFound(f"{self.provider} does not have what was asked for.")
        if status < 400:
            return Refused(f"{self.provider} sent us on to another address, which is not followed.")
        return Refused(f"{self.provider} refused the request (status {status}).")

    def _read_body(self, response: requests.Response) -> bytes:
        body = b""
        for chunk in response.iter_content(65_536):
            body += chunk
            if len(body) > MAX_BYTES:
                raise self._oversized_reply()
        return body

    def _decompress(self, body: bytes) -> bytes:
        """Seen in the wild: a compressed body without the header that says so."""
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
        return TransientFailure(f"{self.provider}'s reply broke off before its end.")

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
    """urllib3's errors while reading a body, in the terms that every door knows."""
    try:
        yield
    except urllib3.exceptions.ReadTimeoutError:
        raise requests.Timeout from None
    except urllib3.exceptions.HTTPError:
        raise requests.exceptions.ChunkedEncodingError from None


def parse_json_object(text: bytes) -> dict[str, Any] | None:
    """The JSON object, or None when it is none."""
    reply = None
    with suppress(ValueError, RecursionError):
        reply = json.loads(text)
    return reply if isinstance(reply, dict) else None


def _failure(state: RetryCallState) -> TransientFailure:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, TransientFailure):
        raise TypeError("Only transient failures are tried again.")
    return error


def _wait(state: RetryCallState) -> float:
    return max(BACKOFF(state), _failure(state).retry_after)


def _retry_after(response: requests.Response) -> float:
    """Seconds, at most 60; 0 when the header is missing or makes no sense."""
    try:
        return RETRY_AFTER.parse_retry_after(response.headers.get("Retry-After", "0"))
    except (InvalidHeader, ValueError, OverflowError):
        return 0
