"""Collects static files again only when one of them, or one of the packages that bring some, has changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from config.embedded.environment import PROJECT


def fingerprint() -> str:
    digest = hashlib.sha256((PROJECT / "requirements.txt").read_bytes())
    for file in sorted(_own_files()):
        stat = file.stat()
        digest.update(f"{file}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()


def _own_files() -> Iterator[Path]:
    for folder in [PROJECT / "static", *PROJECT.glob("*/static")]:
        yield from (file for file in folder.rglob("*") if file.is_file())


def is_current(var: Path) -> bool:
    stamp = var / "static.stamp"
    return stamp.exists() and stamp.read_text() == fingerprint()


def remember(var: Path) -> None:
    (var / "static.stamp").write_text(fingerprint())
