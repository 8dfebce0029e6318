"""`make run` and `make dev`: everything that the site needs, on one machine, until Ctrl-C."""

import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from devstack import environment, static
from devstack.environment import PROJECT
from devstack.errors import StartError
from devstack.lock import Lock
from devstack.processes import GRACE_SECONDS, MARK, Interruption, StopRequested, port_is_free, stop_marked
from devstack.services.postgres import Postgres
from devstack.services.redis import Redis

DEMO_ACCOUNTS = "manager, customer, customer2"
DEMO_PASSWORD = "marquee-demo"  # noqa: S105 -- printed on purpose: it opens nothing but the demo data


class Stack:
    def __init__(self, var: Path, *, debug: bool) -> None:
        self.var = var
        self.debug = debug
        self.ports = environment.ports()
        self.address = os.environ.get("PUBLIC_URL") or f"http://127.0.0.1:{self.ports['PORT']}"
        self.own_database = not os.environ.get("DATABASE_URL")
        self.env: dict[str, str] = {}
        self.interruption = Interruption()

    def run(self) -> int:
        """Run the stack and return the exit code: 0 when it was asked to stop."""
        self.interruption.listen()
        lock = Lock(self.var)
        lock.take(self.address)
        stop_marked(self.var)  # what a launcher that was killed left behind
        for name, port in self.ports.items():
            if not port_is_free(port):
                raise StartError(f"Port {port} is taken: choose another, {environment.port_example(name)}.")
        self.env = self._environment()
        try:
            with ExitStack() as started:
                self._start_services(started)
                started.callback(stop_marked, self.var)
                self._prepare()
                self._announce()
                return self._run_processes()
        except StopRequested:
            print("Marquee has stopped.")
            return 0

    def _environment(self) -> dict[str, str]:
        # The managers of the demo have a password that everybody knows, so a second factor would protect nothing.
        demo = {"REQUIRE_SECOND_FACTOR": "False"} if self.own_database else {}
        return (
            demo
            | os.environ
            | {
                MARK: str(self.var),
                "MARQUEE_VAR": str(self.var),
                "PATH": environment.program_path(),
                **{name: str(port) for name, port in self.ports.items()},
                "SECRET_KEY": environment.secret_key(self.var),
                "DEBUG": str(self.debug),
                "PYTHONUNBUFFERED": "1",  # else the log lines of a process come in lumps
            }
        )

    def _start_services(self, started: ExitStack) -> None:
        if self.own_database:
            postgres = Postgres(self.var)
            started.callback(postgres.stop)
            postgres.start()
            if postgres.elsewhere:
                print(f"PostgreSQL does not run as root: its data is in {postgres.place.home}, owned by nobody.")
            self.env["DATABASE_URL"] = postgres.url
        self.interruption.check()
        if not os.environ.get("REDIS_URL"):
            redis = Redis(self.var, keep=True)
            started.callback(redis.stop)
            redis.start()
            self.env |= {"REDIS_URL": redis.cache_url, "BROKER_URL": redis.broker_url}
        running = self.var / environment.RUNNING
        started.callback(running.unlink, missing_ok=True)
        environment.write_running(running, self.env)

    def _prepare(self) -> None:
        collect = not self.debug and not static.is_current(self.var)
        wanted = ["static"] * collect + ["demo"] * self.own_database
        if self._run("-m", "devstack.prepare", *wanted) != 0:
            raise StartError("The database or the static files could not be prepared: the lines above say why.")
        if collect:
            static.remember(self.var)

    def _run_processes(self) -> int:
        procfile = PROJECT / ("Procfile.dev" if self.debug else "Procfile")
        self._run("-m", "devstack.procfile", str(procfile))
        return 1  # they run until they are asked to stop: this end was not wanted

    def _run(self, *arguments: str) -> int:
        """Run a Python program and return its exit code; it is ended when the launcher is asked to stop."""
        command = [sys.executable, *arguments]
        # A session of its own: Ctrl-C reaches the launcher alone, which stops everything in the right order.
        process = subprocess.Popen(command, cwd=PROJECT, env=self.env, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            return self.interruption.wait(process)
        except StopRequested:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):  # what does not end by then, `stop_marked` ends
                process.wait(GRACE_SECONDS)
            raise

    def _announce(self) -> None:
        lines = [
            f"  The site   {self.address}/",
            f"  The API    {self.address}/api/v1/docs",
            f"  The admin  {self.address}/{(os.environ.get('ADMIN_PATH') or 'admin').strip('/')}/",
            f"  Socket.IO  http://127.0.0.1:{self.ports['REALTIME_PORT']}/socket.io/",
        ]
        if self.own_database:
            lines.append(f"  Sign in    {DEMO_ACCOUNTS}: the password of each is {DEMO_PASSWORD}")
            if self.env["REQUIRE_SECOND_FACTOR"] == "False":
                lines.append("             The demo's manager needs no second factor; elsewhere managers do.")
        print("", *lines, "  Ctrl-C stops everything.", "", sep="\n", flush=True)
