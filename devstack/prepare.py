"""Bringing database and static files up to date: `python -m devstack.prepare [static] [demo]`.

In one process, because every one that starts Django costs a second of the start.
"""

import os
import sys

import django
from django.core.management import call_command


def main(*wanted: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    if "static" in wanted:
        call_command("collectstatic", interactive=False, verbosity=0)
    if "demo" in wanted:
        call_command("load_demo", if_empty=True, confirm=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
