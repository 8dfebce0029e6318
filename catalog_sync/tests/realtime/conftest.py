import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.test import Client

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory
from catalog_sync.tests.management.test_commands import database_url
from catalog_sync.tests.realtime.sockets import APP, SITE, Server
from devstack.processes import free_port


def environment() -> dict[str, str]:
    return os.environ | {"DATABASE_URL": database_url(), "PUBLIC_URL": SITE, "CORS_ORIGINS": APP}


@pytest.fixture(scope="package")
def servers(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Start two realtime processes, as behind a proxy, for all tests of this folder."""
    folder = tmp_path_factory.mktemp("realtime")
    with ExitStack() as started:
        running = []
        for _ in range(2):
            running.append(Server(free_port(), folder, environment()))
            started.callback(running[-1].stop)
        for server in running:
            server.wait_until_up()
        yield running
    for server in running:
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def server(servers: list[Server]) -> Server:
    return servers[0]


@pytest.fixture
def manager():
    return ManagerFactory(password="")


@pytest.fixture
def pair(manager):
    """Open a sign-in of the manager's program."""
    return tokens.open_sign_in(manager)


@pytest.fixture
def token(pair):
    return pair.access


def cookie_of(user) -> str:
    browser = Client()
    browser.force_login(user)
    return browser.cookies["sessionid"].value
