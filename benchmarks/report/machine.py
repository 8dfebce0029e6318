"""What a result was measured on: figures of two machines, or of two days, say nothing about each other."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from django.core.cache import cache
from django.db import connection


def describe() -> str:
    """Return one line: the date, the machine, how busy it was before, and the versions of what was measured."""
    memory = psutil.virtual_memory().total / 2**30
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (postgres,) = cursor.fetchone()
    redis = cache.client.get_client().info("server")["redis_version"]  # type: ignore[attr-defined]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {processor()}, {psutil.cpu_count()} cores, {memory:.0f} GB, "
        f"load {os.getloadavg()[0]:.1f} before; Python {platform.python_version()}, PostgreSQL {postgres.split()[0]} "
        f"without fsync, Redis {redis}, granian {version('granian')}"
    )


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return names[1] if names else platform.processor() or platform.machine()
