"""A Socket.IO client as Python programs use it, and the processes that it connects to."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from queue import Queue

import engineio
import socketio
from django.conf import settings

SITE = "http://127.0.0.1:8000"  # PUBLIC_URL of the tests; no server runs there
APP = "https://app.example"
FOREIGN = "https://evil.example"
SECONDS = 60


class OrderedTransport(engineio.Client):
    """Handles one message after another; the library's own starts a thread for each, and they overtake each other."""

    def _trigger_event(self, event, *arguments, **options):
        return super()._trigger_event(event, *arguments, **options | {"run_async": False})


class OrderedClient(socketio.Client):
    def _engineio_client_class(self):
        return OrderedTransport


class Client:
    """A client that connects and collects all events as (event, data)."""

    def __init__(self, url, *, token=None, origin=None, cookie=None, transports=None, auth=None, headers=None):
        self.events: Queue = Queue()
        # The library sends an Origin of its own with a WebSocket, unless it is given another.
        by_socket = {"origin": origin} if origin and transports == ["websocket"] else {}
        self.client = OrderedClient(reconnection=False, websocket_extra_options=by_socket)
        self.refusal: Queue = Queue()  # None when it is accepted
        self.client.on("connect", lambda: self.refusal.put(None))
        self.client.on("connect_error", self.refusal.put)
        self.client.on("*", lambda event, data=None: self.events.put((event, data)))
        self.client.on("disconnect", lambda reason: self.events.put(("disconnect", reason)))
        headers = dict(headers or {}) | ({"Origin": origin} if origin and not by_socket else {})
        headers |= {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"} if cookie else {}
        self.arguments = {
            "url": url,
            "headers": headers,
            "auth": auth if auth is not None else ({"token": token} if token else None),
            "transports": transports,
            "wait": False,
        }

    def __enter__(self):
        if refusal := self.connect():
            raise AssertionError(refusal)
        return self

    def connect(self):
        """Connect; return the refusal, or None."""
        with suppress(socketio.exceptions.ConnectionError):  # the refusal has the reason
            self.client.connect(**self.arguments)
        return self.refusal.get(timeout=SECONDS)

    def abort(self):
        self.client.eio.disconnect(abort=True)  # `disconnect` would wait for the answer of a long poll

    def __exit__(self, *_):
        self.abort()

    def next(self):
        return self.events.get(timeout=SECONDS)


class Server:
    """A realtime process: the Procfile's command on a port of its own."""

    def __init__(self, port: int, folder: Path, environment: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"realtime-{port}.log"
        lines = (Path(settings.BASE_DIR) / "Procfile").read_text().splitlines()
        (command,) = [line.removeprefix("realtime: ") for line in lines if line.startswith("realtime: ")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                shell=True,
                cwd=settings.BASE_DIR,
                env=environment | {"REALTIME_PORT": str(port), "PATH": program_path()},
                stdout=log,
                stderr=log,
            )

    def wait_until_up(self):
        deadline = time.monotonic() + 60
        while self.status("/health/live") != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def status(self, path, **headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return None

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def program_path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
