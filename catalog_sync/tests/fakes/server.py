"""A stand-in for a provider on a free port of this machine, with configurable faults."""

import json
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from catalog_sync.clients.limiter import RateLimiter

KEY = "key-that-must-stay-secret"


class UnlimitedLimiter(RateLimiter):
    """A limiter that grants every request at once and records the calls."""

    def __init__(self) -> None:
        self.acquired = 0
        self.pauses: list[float] = []

    def acquire(self) -> None:
        self.acquired += 1

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclass(frozen=True)
class Request:
    """A received request. `query` is without the key, which is in `key`, however it was sent."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    key: str


@dataclass
class Fault:
    """The answer to the next `times` requests whose path and query contain `match`."""

    match: str
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 1
    delay: float = 0  # seconds before the answer
    truncated: bool = False  # announces more bytes than it sends
    closed: bool = False  # closes the connection without an answer
    drip: float = 0  # seconds before each byte of the body


class FakeServer(ABC):
    """A server whose subclasses answer; `requests` are all received ones, those with faults included."""

    folder = ""
    no_key: Any = None  # the answer to a request without a key; None: no key is needed
    content_type = "application/json;charset=utf-8"
    running: ClassVar[dict[str, "FakeServer"]] = {}  # by host and port

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.slept: list[float] = []
        self.latency = 0.0  # seconds before every answer
        self.limiter = UnlimitedLimiter()
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}{self.folder}"

    def start(self) -> None:
        self.running[urlsplit(self.url).netloc] = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, match: str, **fault: Any) -> None:
        """Add a Fault; those of one `match` are used in the order in which they were added."""
        with self._lock:
            self._faults.append(Fault(match, **fault))

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    def count(self, match: str) -> int:
        """Return how many requests had `match` in their path."""
        return sum(match in request.path for request in self.requests)

    def take_fault(self, target: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and fault.match in target:
                    fault.times -= 1
                    return fault
        return None

    def wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    @abstractmethod
    def answer(self, request: Request) -> tuple[int, Any]:
        """Return (status, the bytes or a value for JSON)."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, fake: FakeServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that closed the connection, which tests cause."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for the client to confirm the headers
    server: _Server

    def log_message(self, *_args: Any) -> None:
        """Log nothing: tests read the requests from the fake."""

    def do_GET(self) -> None:
        fake, parts = self.server.fake, urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        key = query.pop("api_key", "") or query.pop("apikey", "") or self.headers.get("Authorization", "")
        request = Request(parts.path, query, dict(self.headers), key)
        fake.requests.append(request)
        fake.wait(fake.latency)
        if fault := fake.take_fault(self.path):
            self._misbehave(fault)
        elif not key and fake.no_key:
            self._send(401, json.dumps(fake.no_key).encode())
        else:
            status, body = fake.answer(request)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self._send(status, content, {"Content-Type": fake.content_type})

    def _misbehave(self, fault: Fault) -> None:
        self.server.fake.wait(fault.delay)
        self.close_connection = fault.closed or fault.truncated
        if not fault.closed:
            missing = 7 if fault.truncated else 0
            self._send(fault.status, fault.body, fault.headers, missing=missing, drip=fault.drip)

    def _send(
        self,
        status: int,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        missing: int = 0,
        drip: float = 0,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + missing))
        self.end_headers()
        if not drip:
            self.wfile.write(body)
            return
        for start in range(len(body)):
            self.server.fake.wait(drip)
            self.wfile.write(body[start : start + 1])
