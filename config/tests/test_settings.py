"""The settings are gathered from their modules: none left out, and none that depends on the order."""

import ast
from collections import Counter
from importlib import import_module
from pathlib import Path

from django.conf import settings

import config.settings as gathered

FOLDER = Path(settings.BASE_DIR) / "config" / "settings"
MODULES = sorted(file.stem for file in FOLDER.glob("*.py") if file.stem != "__init__")


def names_set_in(module):
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    targets = [
        target
        for line in tree.body
        if isinstance(line, ast.Assign | ast.AnnAssign)
        for target in (line.targets if isinstance(line, ast.Assign) else [line.target])
    ]
    names = {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return {name for name in names if name.isupper() and not name.startswith("_")}


def test_every_setting_of_every_module_is_gathered():
    found = {name: module for module in MODULES for name in names_set_in(module)}
    assert len(found) > 100
    for name, module in found.items():
        assert getattr(gathered, name) is getattr(import_module(f"config.settings.{module}"), name)
    assert {name for name in dir(gathered) if name.isupper()} == set(found)


def test_no_setting_is_set_in_two_modules():
    counted = Counter(name for module in MODULES for name in names_set_in(module))
    assert [name for name, times in counted.items() if times > 1] == []
