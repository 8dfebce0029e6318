"""A web process as the Procfile starts it, over the database of the benchmark."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

from devstack.processes import free_port

LIMITS = ("THROTTLE_ANON", "THROTTLE_USER", "THROTTLE_LOGIN", "THROTTLE_REFUSED", "THROTTLE_PURCHASE")


@contextmanager
def serve(application: str = "config.web:application", **environment: str) -> Iterator[str]:
    """Run the server without limits for its clients, behind one proxy; yield its address."""
    (command,) = re.findall(r"^web: exec (.*)$", (settings.BASE_DIR / "Procfile").read_text(), re.MULTILINE)
    port = free_port()
    name, *arguments = command.replace("$PORT", str(port)).replace("config.web:application", application).split()
    variables = dict.fromkeys(LIMITS, "100000000/min") | {"DEBUG": "0", "LOG_LEVEL": "ERROR"} | environment
    variables |= {"PUBLIC_URL": "http://localhost", "TRUSTED_PROXY_COUNT": "1"}
    with run_server(
        [name, *arguments, "--log-level", "error"], variables, lambda: is_ready(f"http://127.0.0.1:{port}")
    ):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def run_server(command: Sequence[str], environment: Mapping[str, str], is_up: Callable[[], bool]) -> Iterator[None]:
    """Run a program of our Python with these additions to the environment, from when it is up until the block ends."""
    name, *arguments = command
    program = [str(Path(sys.executable).parent / name), *arguments]
    process = subprocess.Popen(program, cwd=settings.BASE_DIR, env=os.environ | environment)
    try:
        while not is_up():
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/api/v1/movies", timeout=10) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
