"""Start the site as in production: `devstack run`, an https address, one proxy in front, which the visitors play."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests

from attack.site.mail_server import MailServer
from attack.site.proxy import Proxy
from attack.site.store import ACCESS_KEY, BUCKET, SECRET_KEY, Store
from devstack.environment import PROJECT
from devstack.processes import free_port

HOST = "cinema.example"
PUBLIC_URL = f"https://{HOST}"
START_SECONDS = 180


@dataclass(eq=False)
class Site:
    url: str
    realtime_url: str
    environment: dict[str, str]
    mail: MailServer
    database: Proxy
    cache: Proxy
    broker: Proxy
    store: Proxy
    mail_proxy: Proxy
    log: Path
    secrets: dict[str, str] = field(default_factory=dict)
    """What must not be in the log, and what it is: passwords, tokens, links of mails."""
    launcher: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        return self.launcher is not None and self.launcher.poll() is None

    def keep_secret(self, what: str, text: str) -> str:
        if len(text) >= 6:
            self.secrets[text] = what
        return text

    def manage(self, *arguments: str, send: str = "", **environment: str) -> str:
        """Run `manage.py` as the operator would and return what it prints. Raises RuntimeError."""
        return self._run("manage.py", *arguments, send=send, **environment)

    def execute(self, statement: str, *values: Any) -> None:
        """Change a row as the operator could. For the scene only: nothing that an attack does."""
        with psycopg.connect(self.environment["DATABASE_URL"], connect_timeout=10) as connection:
            connection.execute(statement, values)

    def prepare(self) -> None:
        self._run("-m", "devstack.prepare", "demo")
        self.manage("ensure_bucket")

    def _run(self, *arguments: str, send: str = "", **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.environment | environment,
            input=send,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError((done.stdout + done.stderr)[-2000:])
        return done.stdout


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run a site of its own until the block ends. `DATABASE_URL`, `REDIS_URL` and `BROKER_URL` name empty services."""
    var = folder / "site"
    (var / "log").mkdir(parents=True)
    with ExitStack() as started:
        mail, store = MailServer(), Store(folder / "store")
        mail.start()
        started.callback(mail.stop)
        store.start()
        started.callback(store.stop)
        proxies = {name: Proxy(port_of(os.environ[name])) for name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL")}
        proxies |= {"store": Proxy(store.port), "mail": Proxy(mail.port)}
        for proxy in proxies.values():
            started.callback(proxy.close)
        environment = environment_of(var, proxies)
        site = Site(
            url=f"http://127.0.0.1:{environment['PORT']}",
            realtime_url=f"http://127.0.0.1:{environment['REALTIME_PORT']}",
            environment=environment,
            mail=mail,
            database=proxies["DATABASE_URL"],
            cache=proxies["REDIS_URL"],
            broker=proxies["BROKER_URL"],
            store=proxies["store"],
            mail_proxy=proxies["mail"],
            log=var / "log" / "site.log",
        )
        site.prepare()
        start(site, started)
        yield site


def environment_of(var: Path, proxies: dict[str, Proxy]) -> dict[str, str]:
    """Return the environment of the site. Limits and second factors are as they are in production."""
    through = {
        name: through_proxy(os.environ[name], proxies[name]) for name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL")
    }
    return (
        os.environ
        | through
        | {
            "MARQUEE_VAR": str(var),
            "PORT": str(free_port()),
            "REALTIME_PORT": str(free_port()),
            "PUBLIC_URL": PUBLIC_URL,
            "TRUSTED_PROXY_COUNT": "1",
            "EMAIL_URL": f"smtp://127.0.0.1:{proxies['mail'].port}",
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{proxies['store'].port}",
            "S3_ACCESS_KEY_ID": ACCESS_KEY,
            "S3_SECRET_ACCESS_KEY": SECRET_KEY,
        }
    )


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def through_proxy(url: str, proxy: Proxy) -> str:
    return url.replace(f":{port_of(url)}/", f":{proxy.port}/")


def start(site: Site, started: ExitStack) -> None:
    """Start the processes and wait until they answer. Raises RuntimeError."""
    with site.log.open("wb") as log:
        site.launcher = subprocess.Popen(
            [sys.executable, "-m", "devstack", "run"],
            cwd=PROJECT,
            env=site.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the attacker alone, who ends the site when it is done
        )
    started.callback(stop, site.launcher)
    for url in (f"{site.url}/api/v1/health/live", f"{site.realtime_url}/health/live"):
        wait_until(lambda url=url: not site.is_running() or answers(url), START_SECONDS)  # type: ignore[misc]
    if not site.is_running():
        raise RuntimeError(site.log.read_text()[-2000:])


def stop(launcher: subprocess.Popen[bytes]) -> None:
    launcher.terminate()
    launcher.wait(60)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    """Return whether it happened in that time."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
