"""A backend of Node with Express (node/server.js), over the same PostgreSQL and Redis."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from benchmarks.servers.sites import is_answered, run_server
from devstack.errors import StartError
from devstack.processes import free_port
from devstack.tools import npm

HERE = Path(__file__).parent / "node"


@contextmanager
def serve_express() -> Iterator[str | None]:
    """Run it in one process; yield its address, or None where npm cannot install what it needs."""
    try:
        packages = npm.install(HERE)
    except (StartError, OSError):
        yield None
        return
    connection.ensure_connection()
    database, port = connection.connection.info, free_port()
    variables = {
        "PGHOST": database.host,
        "PGPORT": str(database.port),
        "PGUSER": database.user,
        "PGPASSWORD": database.password,
        "PGDATABASE": database.dbname,
        "REDIS_URL": os.environ["REDIS_URL"],
        "NODE_PATH": str(packages),
        "NODE_ENV": "production",
        "PORT": str(port),
    }
    url = f"http://127.0.0.1:{port}"
    with run_server([str(npm.NODE), str(HERE / "server.js")], variables, lambda: is_answered(f"{url}/films")):
        yield url
