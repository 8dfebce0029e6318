"""Collecting static files, only when they or the packages that have some were changed."""

import hashlib
from pathlib import Path

from devstack.environment import PROJECT


def is_current(var: Path) -> bool:
    stamp = var / "static.stamp"
    return stamp.exists() and stamp.read_text() == _fingerprint()


def remember(var: Path) -> None:
    (var / "static.stamp").write_text(_fingerprint())


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for source in (PROJECT / "requirements.txt", *sorted((PROJECT / "config" / "settings").glob("*.py"))):
        digest.update(source.read_bytes())
    for file in sorted((PROJECT / "static").rglob("*")):
        stat = file.stat()
        digest.update(f"{file}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()
