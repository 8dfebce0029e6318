"""Item 4: odd requests. They cost no server error and hold no place."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import requests

from attack.registry import Verdict, attack
from attack.site.running import HOST, Site
from attack.visitors.visitor import Visitor, forwarded

ODD = ("%25", "%00", "%ff%fe", "%25s%25(x)s", "9" * 400, "-1", "%F0%9F%8E%AC", "%0d%0a", "a" * 3000, "{}", "[", "NaN")
FILTERS = {
    "/movies/": ("genre", "query", "q", "year", "year_min", "page", "ordering", "age_max", "cursor"),
    "/api/v1/movies": (
        "genre",
        "year",
        "rating_min",
        "age_max",
        "page",
        "limit",
        "ordering",
        "cursor",
        "fields",
        "owner",
    ),
    "/api/v1/movies/search": ("query", "page", "cursor"),
    "/api/v1/movies/suggest": ("query",),
    "/movies/suggest/": ("query",),
    "/api/v1/movie-sessions": ("date", "from", "to", "movie", "room", "page"),
    "/api/v1/movies/1/ratings": ("page", "cursor"),
    "/whats-on/": ("date", "day", "film"),
}
PATHS = (
    "/movies/{}-x/",
    "/api/v1/movies/{}",
    "/sessions/{}/",
    "/tickets/{}/",
    "/api/v1/calendar/{}.ics",
    "/media/posters/{}/w185.jpg",
)
SOCKETS = 40
SOCKET_SECONDS = 25


@attack("first-schemas", 4, "The first eight requests of /schema after a start, at once")
def first_schemas(site: Site) -> Verdict:
    visitors = [Visitor(site) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda visitor: visitor.get("/api/v1/schema", timeout=90).status_code, visitors))
    return Verdict(statuses == [200] * 8, f"statuses {statuses}")


@attack("odd-parameters", 4, "genre=%25 and its siblings: odd values of every filter and of ids in paths")
def odd_parameters(site: Site) -> Verdict:
    paths = [f"{path}?{name}={odd}" for path, names in FILTERS.items() for name in names for odd in ODD]
    paths += [path.format(odd) for path in PATHS for odd in ODD]
    failed = []
    for number, path in enumerate(paths):
        if number % 50 == 0:
            visitor = Visitor(site)
        if visitor.get(path).status_code >= 500:
            failed.append(path[:60])
    return Verdict(
        not failed, f"{len(failed)} server errors of {len(paths)}" + (f": {', '.join(failed[:4])}" if failed else "")
    )


@attack(
    "silent-websockets", 4, "40 WebSockets that say nothing: they lose their place, and the realtime process answers"
)
def silent_websockets(site: Site) -> Verdict:
    began = time.monotonic()
    sockets = [_open_websocket(site) for _ in range(SOCKETS)]
    slowest, ended = 0.0, set[int]()
    while len(ended) < SOCKETS and time.monotonic() - began < SOCKET_SECONDS:
        asked = time.monotonic()
        requests.get(f"{site.realtime_url}/health/live", timeout=10)
        slowest = max(slowest, time.monotonic() - asked)
        ended |= {index for index, one in enumerate(sockets) if _has_ended(one)}
        time.sleep(0.5)
    seconds = time.monotonic() - began
    for one in sockets:
        one.close()
    held = len(ended) == SOCKETS and slowest <= 1
    return Verdict(
        held, f"{len(ended)} of {SOCKETS} ended within {seconds:.0f} s; /health/live {slowest * 1000:.0f} ms at most"
    )


def _open_websocket(site: Site) -> socket.socket:
    place = urlsplit(site.realtime_url)
    opened = socket.create_connection((place.hostname, place.port), timeout=10)
    headers = forwarded("203.0.113.68") | {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Origin": f"https://{HOST}",
    }
    lines = [
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    opened.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    opened.settimeout(0)
    return opened


def _has_ended(opened: socket.socket) -> bool:
    """Read what came, and return whether it was the end: of the connection, or a frame that closes the WebSocket."""
    try:
        data = opened.recv(65_536)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return data == b"" or b"\x88" in data[:2]
