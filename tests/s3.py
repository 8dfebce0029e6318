"""S3 for tests: a real server (rclone) in a process of its own, spoken to over HTTP. A plugin for every app's tests.

`bucket` makes the site keep its files in a fresh bucket of such a server, which checks every signature. It can be made
to be down, silent, missing or to refuse the credentials, and asked what is in it.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
import requests
from botocore.config import Config
from pytest_django import Settings

from common.files import stores
from devstack.processes import free_port

ACCESS_KEY, SECRET_KEY = "marquee-tests", "a-secret-of-the-tests-0123456789"
PROGRAMS = Path(sys.executable).parent


@dataclass
class Bucket:
    """A bucket that the site uses, and what tests do with it from outside."""

    endpoint: str
    name: str
    settings: Settings
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.client = client(self.endpoint, self.access_key, self.secret_key)
        self.client.create_bucket(Bucket=self.name)
        self.use()

    def use(self, *, seconds: float = 30, **changes: str) -> None:
        """The site keeps its files here from now on; `changes` are wrong credentials, another endpoint or name.

        `seconds`: how long it waits for an answer. A busy machine is no trouble of the store.
        """
        options = {"endpoint": self.endpoint, "access_key": self.access_key, "secret_key": self.secret_key} | changes
        store = stores.bucket(options.pop("name", self.name), **options)
        patience = Config(connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1})
        store["OPTIONS"]["client_config"] = store["OPTIONS"]["client_config"].merge(patience)
        self.settings.STORAGES = self.settings.STORAGES | {"default": store}

    def names(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=self.name)
        return sorted(entry["Key"] for entry in listed.get("Contents", ()))

    def put(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=name, Body=data)

    def get(self, name: str) -> requests.Response:
        """As a browser that was given the address of a public bucket would: with a signed one, this one is private."""
        place = {"Bucket": self.name, "Key": name}
        return requests.get(self.client.generate_presigned_url("get_object", Params=place), timeout=60)

    @contextmanager
    def used(self, **changes: Any) -> Iterator[None]:
        """As `use`, until the block ends."""
        self.use(**changes)
        try:
            yield
        finally:
            self.use()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Nothing listens where the site looks for the store."""
        with self.used(endpoint=f"http://127.0.0.1:{free_port()}"):
            yield

    @contextmanager
    def silent(self) -> Iterator[None]:
        """The store takes connections and never answers."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            place = f"http://127.0.0.1:{listening.getsockname()[1]}"
            with self.used(endpoint=place, seconds=0.3):
                yield


def client(endpoint: str, access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY) -> Any:
    config = Config(
        signature_version="s3v4", s3={"addressing_style": "path"}, request_checksum_calculation="when_required"
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        config=config,
    )


@contextmanager
def server(command: list[str], port: int, folder: Path, **environment: str) -> Iterator[str]:
    """Run `command` until the block ends, from when it listens; its address."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "The S3 server ended; see its server.log."
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        threading.Event().wait(0.05)
    raise AssertionError("The S3 server does not listen.")


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if "FAKETIME" in os.environ:
        pytest.skip("The store keeps the machine's clock, and refuses signatures of another time.")
    folder, port = tmp_path_factory.mktemp("s3"), free_port()
    (folder / "data").mkdir()
    command = [str(PROGRAMS / "rclone"), "serve", "s3", str(folder / "data"), "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--vfs-cache-mode", "off"]
    with server(command, port, folder, RCLONE_CONFIG=str(folder / "rclone.conf")) as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3_endpoint: str, settings: Settings) -> Bucket:
    return Bucket(s3_endpoint, f"marquee-{uuid4().hex[:12]}", settings)
