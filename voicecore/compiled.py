"""The compiled build of the control path, where `make fast` made one: found, judged, and imported in place of the .py.

All of it or nothing: compiled modules know how the others lie in memory, so one changed file stops them all.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import importlib.util
import json
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from enum import Enum
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "voicecore__mypyc"
_GET_POINTER = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


class Standing(Enum):
    """What there is of a compiled build."""

    NONE = "none"
    STALE = "stale"
    """A source, Python or the machine is not the one that it was made from."""
    CURRENT = "current"


class Build(NamedTuple):
    standing: Standing
    modules: tuple[str, ...] = ()
    """Those that are compiled."""
    changed: str = ""
    """Why it is stale: the first source that differs, or what else does."""


def folder(root: Path = ROOT) -> Path:
    """Where the build of a checkout lies."""
    return root / "build" / "fast"


def interpreter() -> str:
    """What a build is good for: this implementation and version of Python, on this kind of machine."""
    return f"{sys.version} {sysconfig.get_config_var('EXT_SUFFIX')}"


def digest(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()


def source_of(module: str, root: Path = ROOT) -> Path:
    return root.joinpath(*module.split(".")).with_suffix(".py")


def library(root: Path = ROOT) -> Path:
    return folder(root) / f"{LIBRARY}{sysconfig.get_config_var('EXT_SUFFIX')}"


def digests(modules: Sequence[str], root: Path = ROOT) -> dict[str, str]:
    """Of the sources as they are now."""
    return {module: digest(source_of(module, root)) for module in modules}


def note(sources: Mapping[str, str], root: Path = ROOT) -> None:
    """Written last by the build: the digests of what it was made from."""
    noted = {"python": interpreter(), "library": digest(library(root)), "sources": dict(sources)}
    text = json.dumps(noted, indent=1)
    (folder(root) / "build.json").write_text(text, encoding="utf-8")


def look(root: Path = ROOT) -> Build:
    """Compares every byte that counts; a few milliseconds, once a start."""
    try:
        noted = json.loads((folder(root) / "build.json").read_text(encoding="utf-8"))
        python, modules = noted["python"], tuple(noted["sources"])
        expected = {library(root): noted["library"]}
        expected |= {source_of(module, root): was for module, was in noted["sources"].items()}
    except FileNotFoundError:
        return Build(Standing.NONE)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Build(Standing.STALE, changed="build.json")
    if python != interpreter():
        return Build(Standing.STALE, modules, "Python")
    for path, was in expected.items():
        if not path.is_file() or digest(path) != was:
            return Build(Standing.STALE, modules, str(path.relative_to(root)))
    return Build(Standing.CURRENT, modules)


def use(root: Path = ROOT) -> Build:
    """From now on imports take the compiled modules, if all are current. Called before any of them is imported."""
    build = look(root)
    if build.standing is Standing.CURRENT:
        sys.meta_path.insert(0, _Finder(build.modules, root))
    return build


def is_used() -> bool:
    """Whether this process runs compiled modules."""
    return LIBRARY in sys.modules


class _Finder(MetaPathFinder):
    def __init__(self, modules: Sequence[str], root: Path) -> None:
        self._modules = frozenset(modules)
        self._root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == LIBRARY:
            place = str(library(self._root))
            return importlib.util.spec_from_file_location(
                fullname, place, loader=ExtensionFileLoader(fullname, place)
            )
        if fullname not in self._modules:
            return None
        return ModuleSpec(fullname, _Initialiser(), origin=str(source_of(fullname, self._root)))


class _Initialiser(Loader):
    """mypyc puts the initial function of each module into its library, as a capsule."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        name = f"init_{spec.name.replace('.', '___')}"
        capsule = getattr(importlib.import_module(LIBRARY), name)
        pointer = _GET_POINTER(capsule, f"{LIBRARY}.{name}".encode())
        module: ModuleType = ctypes.PYFUNCTYPE(ctypes.py_object)(pointer)()
        module.__file__ = spec.origin  # mypyc names a file of its own that is not there
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It ran when it was created."""
