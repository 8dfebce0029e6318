"""Lets slipcover prepare our modules faster, when coverage is measured: each worker of a run begins 5 seconds earlier.

slipcover parses, marks and compiles each module anew in each process, and disassembles it into objects.
"""

import ast
import dis
import sys
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from slipcover import importer, slipcover
from slipcover.branch import preinstrument
from slipcover.version import __version__

# What a line consists of that only names the type of a parameter or of a result.
ANNOTATION = {
    dis.opmap[name] for name in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_ATTR", "BINARY_SUBSCR") if name in dis.opmap
}
CACHE = dis.opmap.get("CACHE", 0)


class MarkingLoader(SourceFileLoader):
    """Compiles a module with slipcover's marks of its branches, and keeps the result beside Python's own."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        return compile(preinstrument(ast.parse(data)), path, "exec", dont_inherit=True)

    def get_data(self, path: str) -> bytes:
        return super().get_data(_place_apart(path))

    def set_data(self, path: str, data: Any, **mode: Any) -> None:
        super().set_data(_place_apart(path), data, **mode)


def _place_apart(path: str) -> str:
    return f"{path.removesuffix('.pyc')}.slipcover-{__version__}.pyc" if path.endswith(".pyc") else path


def exec_module(loader: importer.SlipcoverLoader, module: ModuleType) -> None:
    """Do what slipcover's own method does."""
    original: Any = loader.orig_loader
    if loader.sci.branch and isinstance(original, SourceFileLoader):
        original = MarkingLoader(original.name, original.path)
    code = original.get_code(module.__name__)
    loader.sci.register_module(module)
    exec(loader.sci.instrument(code), module.__dict__)


def find_annotation_lines(code: CodeType) -> frozenset[int]:
    """Return what slipcover's own function returns: the lines that do nothing but load annotations."""
    loading: set[int] = set()
    working: set[int] = set()
    for (line, *_), operation in zip(code.co_positions(), code.co_code[::2], strict=True):
        if line and operation != CACHE:
            (loading if operation in ANNOTATION else working).add(line)
    return frozenset(loading - working)


def prepare_faster() -> None:
    importer.SlipcoverLoader.exec_module = exec_module
    if sys.version_info < (3, 14):  # later versions have no such lines
        slipcover._get_annotation_only_lines = find_annotation_lines
