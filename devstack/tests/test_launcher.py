"""`make run`, end to end: real processes, in a folder of its own, on a free port."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest

from devstack.processes import free_port, marked, port_is_free
from devstack.services.postgres import Postgres

PROJECT = Path(__file__).resolve().parent.parent.parent
GIVEN_BY_MAKE_TEST = {"DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY"}
# One worker runs them all, one after the other: they share the folder that the first start fills.
pytestmark = pytest.mark.xdist_group("launcher")


def measured() -> list[str]:
    """Return what makes Python measure the launcher's coverage, when that of the tests is measured."""
    folder = os.environ.get("COVERAGE_FOLDER")
    out = f"{folder}/launcher-{uuid4()}.json"
    return ["-m", "slipcover", "--source", "devstack", "--json", "--out", out] if folder else []


class Launcher:
    """`python -m devstack run`, as `make run` calls it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port, self.realtime_port = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.output = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed by the fixture
        # A process that is measured removes the folder of SLIPCOVER_COVERAGE_DIR at its end: that of the tests stays.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in GIVEN_BY_MAKE_TEST and not name.startswith("SLIPCOVER_")
        }
        self.process = subprocess.Popen(
            [sys.executable, *measured(), "-m", "devstack", "run"],
            cwd=PROJECT,
            env=inherited | {"MARQUEE_VAR": str(var), "PORT": str(self.port), "REALTIME_PORT": str(self.realtime_port)},
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def said(self) -> str:
        self.output.flush()
        self.output.seek(0)
        return self.output.read()

    def wait(self) -> int:
        return self.process.wait(timeout=60)

    def end(self) -> None:
        """Does nothing when it has ended already."""
        self.process.terminate()
        self.wait()
        self.output.close()

    def wait_until(self, happened: Callable[[], object]) -> None:
        deadline = time.monotonic() + 180
        while not happened():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def wait_until_up(self) -> None:
        self.wait_until(lambda: self.status("/api/v1/health/live") == 200)

    def realtime_is_up(self) -> bool:
        return self.status("/health/live", f"http://127.0.0.1:{self.realtime_port}") == 200

    def status(self, path: str, address: str | None = None) -> int | None:
        try:
            with urllib.request.urlopen((address or self.address) + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None


def left_over(var: Path) -> list[str]:
    """The command lines of all that still runs for this folder."""
    return [" ".join(process.cmdline()) for process in marked(var)] + [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline", "cwd"])
        if str(var) in " ".join(process.info["cmdline"] or []) or str(var) in (process.info["cwd"] or "")
    ]


def database_url(var: Path) -> str:
    return next(url for process in marked(var) if (url := process.environ().get("DATABASE_URL")))


@pytest.fixture(scope="module")
def first() -> Iterator[Launcher]:
    """The first start in a folder, of which a process died."""
    # Not tmp_path: pytest closes its folder to other users, and root runs PostgreSQL as another user.
    folder = Path(tempfile.mkdtemp(prefix="marquee-launcher-"))
    folder.chmod(0o711)
    launcher = Launcher(folder)
    try:
        launcher.wait_until_up()
        with psycopg.connect(database_url(folder)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        beat = next(process for process in marked(folder) if process.cmdline()[-3:] == ["beat", "--loglevel", "INFO"])
        beat.kill()
        launcher.wait()
        yield launcher
    finally:
        launcher.end()
        shutil.rmtree(folder)


@pytest.fixture
def var(first: Launcher) -> Path:
    """A folder in which the site has run once already."""
    return first.var


@pytest.fixture
def start(var: Path) -> Iterator[Callable[[], Launcher]]:
    started: list[Launcher] = []

    def start_one() -> Launcher:
        started.append(Launcher(var))
        return started[-1]

    yield start_one
    for launcher in started:
        launcher.end()
    assert left_over(var) == []


def test_a_process_that_dies_stops_the_others_and_is_named(first: Launcher) -> None:
    assert first.wait() == 1
    assert first.said().splitlines()[-1] == ("marquee: beat stopped (rc=-9) by itself, so the others were stopped too.")
    assert left_over(first.var) == []


def test_the_site_runs_once_per_folder_and_is_no_obstacle_when_killed(var: Path, start: Callable[[], Launcher]) -> None:
    killed = start()
    killed.wait_until_up()
    assert killed.status("/") == 200
    killed.wait_until(killed.realtime_is_up)
    second = start()
    assert second.wait() == 1
    assert second.said() == (
        f"marquee: Marquee is already running here: {killed.address} (process {killed.process.pid}). "
        "Stop it first with Ctrl-C.\n"
    )
    assert killed.status("/") == 200
    killed.process.kill()
    killed.wait()

    again = start()
    again.wait_until_up()
    assert killed.status("/") is None
    assert again.status("/") == 200
    with psycopg.connect(database_url(var)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    for line in (
        f"  The site   {again.address}/",
        f"  The API    {again.address}/api/v1/docs",
        f"  The admin  {again.address}/admin/",
        f"  Socket.IO  http://127.0.0.1:{again.realtime_port}/socket.io/",
        "  Sign in    manager, customer, customer2: the password of each is marquee-demo",
    ):
        assert line in again.said().splitlines()
    # Both of Celery's workers: stopping in the middle of the start is another test's.
    again.wait_until(lambda: again.said().count(" ready. ") == 2)
    os.killpg(again.process.pid, signal.SIGINT)  # Ctrl-C, as a terminal sends it to the whole group
    assert again.wait() == 0
    assert again.said().splitlines()[-1] == "Marquee has stopped."
    assert "Traceback" not in again.said(), again.said()
    assert left_over(var) == []
    assert port_is_free(again.port)
    assert port_is_free(again.realtime_port)


def test_secrets_are_for_the_owner_only(var: Path) -> None:
    assert stat.S_IMODE((var / "secret_key").stat().st_mode) == 0o600
    assert len((var / "secret_key").read_text()) > 50


@pytest.mark.parametrize(
    "moment", ["lock", "postgres/postmaster.pid", "redis/redis.conf"], ids=["at once", "database", "preparing"]
)
def test_a_stop_during_the_start_leaves_nothing_behind(var: Path, start: Callable[[], Launcher], moment: str) -> None:
    (var / moment).unlink(missing_ok=True)
    launcher = start()
    launcher.wait_until((var / moment).exists)
    launcher.process.terminate()
    assert launcher.wait() == 0
    assert "Traceback" not in launcher.said()
    assert left_over(var) == []


@pytest.mark.parametrize(("name", "example"), [("PORT", 8080), ("REALTIME_PORT", 8081)])
def test_a_port_that_is_taken_is_named_before_anything_starts(
    var: Path, monkeypatch: pytest.MonkeyPatch, start: Callable[[], Launcher], name: str, example: int
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = iter([port, free_port()] if name == "PORT" else [free_port(), port])
        monkeypatch.setattr(f"{__name__}.free_port", lambda: next(ports))
        launcher = start()
        assert launcher.wait() == 1
    another = f"choose another, for example `{name}={example} make run`"
    assert launcher.said() == f"marquee: Port {port} is taken: {another}.\n"


def test_one_port_cannot_be_for_both(var: Path, monkeypatch: pytest.MonkeyPatch, start: Callable[[], Launcher]) -> None:
    port = free_port()
    monkeypatch.setattr(f"{__name__}.free_port", lambda: port)
    launcher = start()
    assert launcher.wait() == 1
    assert launcher.said() == (
        f"marquee: PORT and REALTIME_PORT are both {port}: choose another, for example `REALTIME_PORT=8081 make run`.\n"
    )


def test_a_database_of_another_version_is_refused(var: Path, start: Callable[[], Launcher]) -> None:
    version = Postgres(var).place.data / "PG_VERSION"
    version.write_text("17\n")
    try:
        launcher = start()
        assert launcher.wait() == 1
    finally:
        version.write_text("18\n")
    assert launcher.said() == (
        f"marquee: {version.parent} was made by PostgreSQL 17, and this Marquee brings PostgreSQL 18: "
        "move the data over with pg_dump, or delete the folder to begin again with the demo data.\n"
    )
