"""`make test`, `make benchmarks` and `make attack`: each with a PostgreSQL and a Redis that are deleted afterwards."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from glob import glob
from pathlib import Path

from devstack import environment
from devstack.environment import PROJECT
from devstack.processes import MARK, Interruption, StopRequested, stop_marked
from devstack.services.postgres import Postgres
from devstack.services.redis import Redis
from devstack.tools import browser

MINIMUM_COVERAGE = 95  # percent of lines and branches
# More than cores, because many tests wait: for a lock, a browser, a process that starts.
WORKERS = f"--numprocesses={min((os.cpu_count() or 1) + 3, 6)}"


def run(arguments: list[str]) -> int:
    """Run pytest and return the exit code. Without `arguments`, too little coverage of our own code is a failure."""
    pytest = ["-m", "pytest", WORKERS, *arguments]
    services = {"CHROMIUM": browser.find_or_install()}
    if arguments:
        return with_services([sys.executable, *pytest], services)
    with tempfile.TemporaryDirectory(prefix="marquee-coverage-") as folder:
        slipcover, measured = [sys.executable, "-m", "slipcover"], f"{folder}/pytest.json"
        # Tests that start the launcher add what it ran to the folder.
        services["COVERAGE_FOLDER"] = folder
        code = with_services([*slipcover, "--json", "--out", measured, *pytest], services)
        # Apart, because a run that is told the minimum forgets what pytest's workers measured before it prints.
        report = [
            *slipcover,
            "--out",
            measured,
            f"--fail-under={MINIMUM_COVERAGE}",
            "--merge",
            *glob(f"{folder}/*.json"),
        ]
        return code or subprocess.run(report, cwd=PROJECT, check=False).returncode


def measure(names: list[str]) -> int:
    """Run these benchmarks, or all, and return their exit code."""
    return with_services(
        [sys.executable, "-m", "benchmarks", *names], {"REQUIRE_SECOND_FACTOR": "False", "LOG_LEVEL": "ERROR"}
    )


def attack(names: list[str]) -> int:
    """Run these attacks, or all, and return 1 if the site did not hold against one of them."""
    return with_services([sys.executable, "-m", "attack", *names], {})


def with_services(command: list[str], extra: dict[str, str]) -> int:
    """Run `command` with a PostgreSQL and a Redis of its own, which are deleted afterwards; return its exit code."""
    interruption = Interruption()
    interruption.listen()
    with ExitStack() as started:
        var = Path(tempfile.mkdtemp(prefix="marquee-test-"))
        var.chmod(0o711)  # PostgreSQL may have to run as another user
        started.callback(shutil.rmtree, var)
        postgres = Postgres(var, fast_and_unsafe=True)
        started.callback(postgres.stop)
        postgres.start()
        redis = Redis(var, keep=False)
        started.callback(redis.stop)
        redis.start()
        started.callback(stop_marked, var)
        services = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.cache_url, "BROKER_URL": redis.broker_url}
        process = subprocess.Popen(command, cwd=PROJECT, env=_environment(var) | services | extra)
        try:
            return interruption.wait(process)
        except StopRequested:
            process.send_signal(signal.SIGINT)
            return process.wait()


def _environment(var: Path) -> dict[str, str]:
    """Return our environment, without variables that would make the tests depend on this machine."""
    settings = {line.lstrip("# ").split("=")[0] for line in (PROJECT / ".env.example").read_text().splitlines()}
    return {name: value for name, value in os.environ.items() if name not in settings} | {
        MARK: str(var),
        "MARQUEE_VAR": str(var),
        "ENV_FILE": os.devnull,
        "PATH": environment.program_path(),
        "SECRET_KEY": secrets.token_urlsafe(50),
        # The tests start a hundred processes, which find our modules compiled.
        "PYTHONDONTWRITEBYTECODE": "",
    }
