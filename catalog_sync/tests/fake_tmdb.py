"""A stand-in for TMDB on a free port of this machine, which can be told to misbehave."""

import json
import sys
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from catalog_sync.limiter import RateLimiter
from catalog_sync.tmdb import TMDB

KEY = "key-that-must-stay-secret"
GENRES = {18: "Drama", 35: "Comedy", 878: "Science Fiction"}


def movie_json(number: int, **changes: Any) -> dict[str, Any]:
    """A made row of a TMDB list; `number` is its id and makes it differ from the others."""
    return {
        "adult": False,
        "backdrop_path": f"/backdrop{number}.jpg",
        "genre_ids": [18, 35],
        "id": number,
        "original_language": "en",
        "original_title": f"The Lantern Keeper {number}",
        "overview": f"Somebody keeps lantern number {number} alight.",
        "popularity": 100.5 + number,
        "poster_path": f"/poster{number}.jpg",
        "release_date": "2019-05-17",
        "title": f"The Lantern Keeper {number}",
        "video": False,
        "vote_average": 7.25,
        "vote_count": 120,
    } | changes


class FreeLimiter(RateLimiter):
    """Grants everything at once and notes what it was asked."""

    def __init__(self) -> None:
        self.acquired = 0
        self.pauses: list[float] = []

    def acquire(self) -> None:
        self.acquired += 1

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclass(frozen=True)
class Asked:
    """A request that came in. `query` is without the key, which is in `key` whichever way it was sent."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    key: str


@dataclass
class Fault:
    """What is answered instead to the next `times` requests whose path and query contain `match`."""

    match: str
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 1
    delay: float = 0  # seconds before the answer
    truncated: bool = False  # promises more bytes than it sends
    closed: bool = False  # hangs up without an answer


class FakeTMDB:
    """Serves `genres` and the pages it was given, under `/movie/popular` and `/discover/movie` alike.

    A page that was not given is empty. `requests` holds all that came in, faults included.
    """

    def __init__(self) -> None:
        self.genres: list[Any] = [{"id": number, "name": name} for number, name in GENRES.items()]
        self.requests: list[Asked] = []
        self.slept: list[float] = []
        self.limiter = FreeLimiter()
        self._pages: dict[int, list[Any]] = {}
        self._total_pages: int | None = None
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}/3"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def client(self, **options: Any) -> TMDB:
        """A TMDB that asks here, and only notes in `slept` and `limiter` what it would have waited."""
        here: dict[str, Any] = {
            "api_key": KEY,
            "base_url": self.url,
            "limiter": self.limiter,
            "sleep": self.slept.append,
        }
        return TMDB(**(here | options))

    def page(self, number: int, rows: list[Any], total_pages: int | None = None) -> None:
        """Sets one page; `total_pages` is what all pages report from now on, else the highest one set."""
        self._pages[number] = rows
        self._total_pages = total_pages or self._total_pages

    def pages(self, count: int, size: int = 20, overlap: int = 0) -> None:
        """Sets pages 1 to `count`; the first `overlap` rows of each repeat the last ones of the page before."""
        for number in range(count):
            first = number * (size - overlap) + 1
            self.page(number + 1, [movie_json(first + step) for step in range(size)])

    def fail(self, match: str, **fault: Any) -> None:
        """Adds a Fault; those of one `match` are used up in the order in which they came."""
        with self._lock:
            self._faults.append(Fault(match, **fault))

    def count(self, match: str) -> int:
        """How many requests had `match` in their path."""
        return sum(match in asked.path for asked in self.requests)

    def take_fault(self, target: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and fault.match in target:
                    fault.times -= 1
                    return fault
        return None

    def wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def answer(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        if asked.path == "/3/genre/movie/list":
            return 200, {"genres": self.genres}
        if asked.path in {"/3/movie/popular", "/3/discover/movie"}:
            return self._answer_page(int(asked.query.get("page", "1")))
        return 404, {"success": False, "status_code": 34, "status_message": "Nothing here."}

    def _answer_page(self, number: int) -> tuple[int, dict[str, Any]]:
        if not 1 <= number <= 500:
            return 400, {"success": False, "status_code": 22, "status_message": "No such page."}
        return 200, {
            "page": number,
            "results": self._pages.get(number, []),
            "total_pages": self._total_pages or max(self._pages, default=0),
            "total_results": 1_000_000 + len(self.requests),  # totals drift within a run
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, fake: FakeTMDB) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up, which tests make happen, is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_args: Any) -> None:
        """Says nothing: tests read the requests from the fake."""

    def do_GET(self) -> None:
        fake, parts = self.server.fake, urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        key = query.pop("api_key", "") or self.headers.get("Authorization", "")
        asked = Asked(parts.path, query, dict(self.headers), key)
        fake.requests.append(asked)
        if fault := fake.take_fault(self.path):
            self._misbehave(fault)
        elif not key:
            self._send(401, json.dumps({"success": False, "status_code": 7, "status_message": "No key."}).encode())
        else:
            status, body = fake.answer(asked)
            self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json;charset=utf-8"})

    def _misbehave(self, fault: Fault) -> None:
        self.server.fake.wait(fault.delay)
        self.close_connection = fault.closed or fault.truncated
        if not fault.closed:
            self._send(fault.status, fault.body, fault.headers, missing=7 if fault.truncated else 0)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None, missing: int = 0) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + missing))
        self.end_headers()
        self.wfile.write(body)
