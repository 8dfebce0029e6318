"""A web process as the Procfile starts it, or with other options, over the database of the benchmark."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from django.conf import settings

from devstack.processes import free_port

LIMITS = (
    "THROTTLE_ANON", "THROTTLE_PAGES_ANON", "THROTTLE_USER", "THROTTLE_LOGIN", "THROTTLE_REFUSED", "THROTTLE_PURCHASE",
)  # fmt: skip
APPLICATION = "config.web:application"
WSGI = "granian --interface wsgi --workers 1 --http 1 --blocking-threads 4 --port $PORT"  # as Django is usually served
MB = 2**20


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]
    seconds: float  # until the first answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer: those of granian's children that started none."""
        return [one for one in psutil.Process(self.process.pid).children(recursive=True) if not one.children()]

    def memory(self) -> float:
        """Return the megabytes of the workers."""
        return sum(worker.memory_info().rss for worker in self.workers()) / MB

    def cpu(self) -> float:
        """Return the seconds that the workers have computed."""
        return sum(sum(worker.cpu_times()[:2]) for worker in self.workers())


def procfile_command() -> str:
    """Return the Procfile's command of the web process."""
    (command,) = re.findall(r"^web: exec (.*)$", (settings.BASE_DIR / "Procfile").read_text(), re.MULTILINE)
    return str(command)


@contextmanager
def serve(application: str = APPLICATION, **environment: str) -> Iterator[str]:
    """Run the Procfile's server for an application; yield its address."""
    with start_site(procfile_command().replace(APPLICATION, application), **environment) as server:
        yield server.url


@contextmanager
def start_site(command: str, **environment: str) -> Iterator[Server]:
    """Run a server of Marquee without limits for its clients, behind one proxy, from its first answer on."""
    port = free_port()
    variables = dict.fromkeys(LIMITS, "100000000/min") | {"DEBUG": "0", "LOG_LEVEL": "ERROR"} | environment
    variables |= {"PUBLIC_URL": "http://localhost", "TRUSTED_PROXY_COUNT": "1"}
    arguments = [*command.replace("$PORT", str(port)).split(), "--log-level", "error"]
    started, list_of_20 = time.monotonic(), f"http://127.0.0.1:{port}/api/v1/movies?limit=20"
    with run_server(arguments, variables, lambda: is_answered(list_of_20)) as process:
        yield Server(port, process, time.monotonic() - started)


@contextmanager
def run_server(
    command: Sequence[str], environment: Mapping[str, str], is_up: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of our Python, or one with a path, with these additions to the environment, from when it is up.

    Raises RuntimeError if it ends before that.
    """
    name, *arguments = command
    program = [str(Path(sys.executable).parent / name), *arguments]
    process = subprocess.Popen(program, cwd=settings.BASE_DIR, env=os.environ | environment)
    try:
        while not is_up():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with status {process.returncode} before it answered.")
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait()


def is_answered(url: str) -> bool:
    try:
        with urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
