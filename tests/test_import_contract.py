"""The import contract in pyproject.toml refuses a wrong import of each kind, and covers every package."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
NOT_OF_THE_SITE = {"tests"}

# What is wrong -> new modules with the import in each, and what the linter must say.
WRONG = {
    "upwards inside an app": (
        {"cinema/rooms/planted.py": "from cinema.api import moments"},
        "cinema.rooms.planted -> cinema.api.moments",
    ),
    "from the models to a domain folder": (
        {"movies/models/planted.py": "from movies.catalogue import editing"},
        "movies.models.planted -> movies.catalogue.editing",
    ),
    "a circle between two folders": (
        {
            "cinema/rooms/planted.py": "import cinema.documents.planted",
            "cinema/documents/planted.py": "import cinema.rooms.planted",
        },
        "No cycles are allowed in cinema.",
    ),
    "a circle between two modules": (
        {
            "common/http/planted_1.py": "import common.http.planted_2",
            "common/http/planted_2.py": "import common.http.planted_1",
        },
        "No cycles are allowed in common.http.",
    ),
    "from an app to one above it": (
        {"accounts/people/planted.py": "from movies.models import Movie"},
        "accounts.people.planted -> movies.models",
    ),
    "from common to an app": (
        {"common/planted.py": "from accounts.models import User"},
        "common.planted -> accounts.models",
    ),
    "between the cinema and the sync": (
        {"cinema/programme/planted.py": "from catalog_sync.models import SyncLog"},
        "cinema.programme.planted -> catalog_sync.models",
    ),
    "from the domain to REST framework": (
        {"cinema/box_office/planted.py": "from rest_framework.exceptions import APIException"},
        "cinema.box_office.planted -> rest_framework",
    ),
    "from the site to devstack": (
        {"config/planted.py": "from devstack import processes"},
        "config.planted -> devstack.processes",
    ),
    "a module that no layer has": ({"cinema/planted.py": "import math"}, "not listed as layers: - cinema.planted"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the packages."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in CONTRACT["root_packages"]:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def lint(tree):
    """Return whether the contract is kept, and the report in one line."""
    run = subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    return run.returncode == 0, " ".join((run.stdout + run.stderr).split())


def test_the_copy_without_a_wrong_import_passes(tree):
    kept, report = lint(tree)

    assert kept, report


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_import_is_refused(tree, kind):
    modules, expected = WRONG[kind]
    planted = [tree / path for path in modules]
    try:
        for path, source in zip(planted, modules.values(), strict=True):
            path.write_text(f"{source}\n")
        kept, report = lint(tree)
    finally:
        for path in planted:
            path.unlink()

    assert not kept
    assert expected in report


def test_every_package_is_under_the_contract():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert set(CONTRACT["root_packages"]) == packages - NOT_OF_THE_SITE


def test_every_domain_folder_is_kept_free_of_rest_framework():
    inside = next(each for each in CONTRACT["contracts"] if "exhaustive" in each)
    rest_free = next(each for each in CONTRACT["contracts"] if each.get("forbidden_modules") == ["rest_framework"])
    folders = {
        f"{path.parent.parent.name}.{path.parent.name}"
        for name in domain_names(inside["layers"])
        for path in ROOT.glob(f"*/{name}/__init__.py")
        if path.parent.parent.name in inside["containers"]
    }

    # Socket.IO signs its clients in by the API's tokens.
    assert folders - set(rest_free["source_modules"]) - {"catalog_sync.realtime"} == {"cinema.demo", "movies.demo"}


def domain_names(layers):
    """Return the names of the layer with the domain folders, which is the one with the most."""
    return max(
        ([name.strip(" ()\n") for name in layer.replace("|", ":").split(":")] for layer in layers),
        key=len,
    )
