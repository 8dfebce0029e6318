"""Chromium for the browser journeys, installed where it is missing: a journey is never skipped."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

from devstack.errors import StartError

# The shell, which has no window at all, takes half the time of the whole browser.
PACKAGES = ("chromium-headless-shell", "chromium")
NAMES = (*PACKAGES, "chromium-browser", "google-chrome")


def find_or_install() -> str:
    """Return the path of a Chromium that starts."""
    if found := _find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install("apt-get", "update", "--quiet")
        for package in PACKAGES:
            _install("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package, "fonts-dejavu-core")
            if found := _find():
                return found
    else:
        _install(sys.executable, "-m", "playwright", "install", "chromium")
    if found := _find():
        return found
    raise StartError(
        "The tests need Chromium, and none that starts could be found or installed: "
        "install the package `chromium`, or set CHROMIUM to the path of one."
    )


def _find() -> str | None:
    with sync_playwright() as playwright:
        downloaded = playwright.chromium.executable_path
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), downloaded]
    return next((path for path in candidates if path and _starts(path)), None)


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _install(*command: str) -> None:
    print(f"Installing Chromium for the tests: {' '.join(command)}", flush=True)
    # When it fails, the search that follows finds nothing, and says what to do.
    subprocess.run(command, check=False, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
