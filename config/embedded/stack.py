"""`make run` and `make dev`: everything that the site needs, on one machine, until Ctrl-C."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from config.embedded import environment, static
from config.embedded.environment import PROJECT
from config.embedded.errors import StartError
from config.embedded.lock import Lock
from config.embedded.postgres import Postgres
from config.embedded.processes import MARK, Interruption, StopRequested, port_is_free, stop_marked
from config.embedded.redis import Redis

DEMO_ACCOUNTS = ("manager", "customer", "customer2")
DEMO_PASSWORD = "marquee-demo"  # noqa: S105 -- printed on purpose: it opens nothing but the demo data


class Stack:
    def __init__(self, *, debug: bool) -> None:
        self.interruption = Interruption()
        self.interruption.listen()
        environment.read_env_file()
        self.var = environment.var_folder()
        self.port = environment.port()
        self.address = os.environ.get("PUBLIC_URL") or f"http://127.0.0.1:{self.port}"
        self.debug = debug
        self.own_database = not os.environ.get("DATABASE_URL")
        self.env = os.environ | {
            MARK: str(self.var),
            "MARQUEE_VAR": str(self.var),
            "PATH": environment.program_path(),
            "PORT": str(self.port),
            "SECRET_KEY": environment.secret_key(self.var),
            "DEBUG": str(debug),
            "PYTHONUNBUFFERED": "1",
        }

    def run(self) -> int:
        """The exit code: 0 after a stop that somebody asked for."""
        lock = Lock(self.var)
        lock.take(self.address)
        stop_marked(self.var)  # what a launcher left behind that was killed
        if not port_is_free(self.port):
            raise StartError(f"Port {self.port} is taken: choose another, for example `PORT=8080 make run`.")
        try:
            with ExitStack() as started:
                self._start_services(started)
                started.callback(stop_marked, self.var)
                self._prepare()
                self._announce()
                self._wait_for_processes()
        except StopRequested:
            print("Marquee has stopped.")
        return 0

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

    def _prepare(self) -> None:
        self._manage("migrate", "--verbosity", "0")
        if not self.debug and not static.is_current(self.var):
            self._manage("collectstatic", "--noinput", "--verbosity", "0")
            static.remember(self.var)
        if self.own_database:
            self._manage("load_demo", "--if-empty", "--confirm")

    def _manage(self, *arguments: str) -> None:
        process = self._start(sys.executable, "manage.py", *arguments)
        if self.interruption.wait(process) != 0:
            raise StartError(f"`manage.py {arguments[0]}` failed: the lines above say why.")

    def _wait_for_processes(self) -> None:
        procfile = PROJECT / ("Procfile.dev" if self.debug else "Procfile")
        honcho = self._start(sys.executable, "-m", "config.embedded.procfile", str(procfile))
        self.interruption.wait(honcho)
        raise StartError("One of the processes ended by itself (see `stopped` above), so the others were stopped too.")

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches the launcher alone, which stops everything in the right order.
        return subprocess.Popen(
            command, cwd=PROJECT, env=self.env, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def _announce(self) -> None:
        print(f"\n  The site   {self.address}/")
        print(f"  The API    {self.address}/api/v1/docs")
        print(f"  The admin  {self.address}/{os.environ.get('ADMIN_PATH', 'admin').strip('/')}/")
        if self.own_database:
            print(f"  Sign in as {', '.join(DEMO_ACCOUNTS)}; the password is {DEMO_PASSWORD}")
        print("  Ctrl-C stops everything.\n", flush=True)


def stop(var: Path) -> None:
    """Stops a stack that runs in another terminal, and what a killed one left behind."""
