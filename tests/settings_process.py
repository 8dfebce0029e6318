"""Processes that load the settings, each with an environment of its own, as a start of the site does.

They are forks of one process that has imported the libraries and nothing of ours, which is most of what a start costs.
"""

import os
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

LIBRARIES = [
    "botocore.config",
    "celery.schedules",
    "django.contrib.staticfiles.storage",
    "django.core.validators",
    "django.http",
    "django_structlog.celery.steps",
    "environs",
    "kombu.entity",
    "limits.strategies",
    "redis",
    "rest_framework.serializers",
    "storages.backends.s3",
    "whitenoise.compress",
]


class Ended(NamedTuple):
    code: int
    shown: str
    error: str  # the last line of the errors


def load_settings(environment: dict[str, str]) -> Ended:
    """Load the settings in a process with this environment; it shows those that SHOW names."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(LIBRARIES)
    with TemporaryDirectory() as folder:
        process = processes.Process(target=_show_settings, args=(environment, folder))
        process.start()
        process.join(60)
        shown, errors = ((Path(folder) / name).read_text().strip() for name in ("stdout", "stderr"))
    assert process.exitcode is not None, errors
    return Ended(process.exitcode, shown, (errors.splitlines() or [""])[-1])


def _show_settings(environment: dict[str, str], folder: str) -> None:
    for stream, name in ((sys.stdout, "stdout"), (sys.stderr, "stderr")):
        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT), stream.fileno())
    assert not {"config", "common"} & set(sys.modules), "The settings, or what they are made of, were loaded before."
    os.environ.clear()
    os.environ.update(environment | {"DJANGO_SETTINGS_MODULE": "config.settings"})
    from django.conf import settings

    print({name: getattr(settings, name) for name in environment["SHOW"].split(",")})
