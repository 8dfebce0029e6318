"""A web process as the Procfile starts it, over the database of the benchmark."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
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
    variables = os.environ | dict.fromkeys(LIMITS, "100000000/min") | {"DEBUG": "0", "LOG_LEVEL": "ERROR"} | environment
    variables |= {"PUBLIC_URL": "http://localhost", "TRUSTED_PROXY_COUNT": "1"}
    program = [str(Path(sys.executable).parent / name), *arguments, "--log-level", "error"]
    process = subprocess.Popen(program, cwd=settings.BASE_DIR, env=variables)
    try:
        url = f"http://127.0.0.1:{port}"
        while not is_ready(url):
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/api/v1/movies", timeout=10) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
