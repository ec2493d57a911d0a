"""The flows that answer calls, loaded from their files; a changed file becomes a new version, a broken one does not.

A call keeps the version that it began with: a new version is a new module object beside the old one.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from voicecore.calls.numbers import Argument
from voicecore.errors import UsageError

Flow = Callable[..., Awaitable[None]]

Stamp = tuple[int, int]
"""Of a file: when it was changed (ns), and its size."""


@dataclass(frozen=True, slots=True)
class LoadedFlow:
    """`version` names the source: of the flow's module and of those beside it that it uses."""

    flow: Flow
    version: str
    files: Mapping[str, Path] = field(default_factory=dict)
    """By the names of their modules."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A flow has a new version, which new calls get from now on."""

    reference: str
    version: str


@dataclass(frozen=True, slots=True)
class NotReloaded:
    """A flow's file was changed and cannot be used; its last version stays."""

    reference: str
    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


def load_flow(reference: str) -> Flow:
    """`package.module:function` as a coroutine function. Raises UsageError that says what is wrong."""
    module, _, name = reference.partition(":")
    try:
        flow = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"there is no flow {reference}: {error}") from error
    if not inspect.iscoroutinefunction(flow):
        raise UsageError(f"{reference} is no flow: write `async def {name}(call: Call) -> None`")
    return flow  # type: ignore[no-any-return]


class FlowLibrary:
    """Flows by their references. `refresh` reads files, and may be called from a thread of its own."""

    def __init__(self, flows: Mapping[str, Flow] | None = None) -> None:
        """`flows`: some that are known already, whatever their references."""
        self._loaded: dict[str, LoadedFlow] = {}
        self._stamps: dict[str, dict[str, Stamp]] = {}
        self._args: dict[str, Mapping[str, Argument]] = {}
        self._given = frozenset(flows or ())
        for reference, flow in (flows or {}).items():
            self._loaded[reference] = loaded(flow)

    def get(self, reference: str, args: Mapping[str, Argument] | None = None) -> LoadedFlow:
        """Its newest version; imported when it is asked for the first time. Raises UsageError.

        `args` are those that its next versions must take as well.
        """
        found = self._loaded.get(reference)
        if found is None:
            found = self._loaded[reference] = loaded(load_flow(reference))
            self._stamps[reference] = _stamps(found)
            self._args[reference] = args or {}
        return found

    def refresh(self) -> list[Reloaded | NotReloaded]:
        """Looks at the files of all flows and loads those again that were changed; each failure is told once."""
        told: list[Reloaded | NotReloaded] = []
        changed = [reference for reference in self._loaded if self._is_changed(reference)]
        modules = {name for reference in changed for name in self._loaded[reference].files}
        if not changed:
            return told
        users = [
            one for one in self._loaded if one not in self._given and modules & {*self._loaded[one].files}
        ]
        for reference in users:
            self._stamps[reference] = _stamps(self._loaded[reference])
        kept = {name: sys.modules.pop(name) for name in modules if name in sys.modules}
        try:
            fresh = {reference: self._loaded_again(reference, modules) for reference in users}
        except _Broken as broken:
            sys.modules.update(kept)
            return [broken.fault]
        for reference, one in fresh.items():
            if one.version != self._loaded[reference].version:
                told.append(Reloaded(reference, one.version))
            self._loaded[reference] = one
            self._stamps[reference] = _stamps(one)
        return told

    def _is_changed(self, reference: str) -> bool:
        return reference not in self._given and _stamps(self._loaded[reference]) != self._stamps[reference]

    def _loaded_again(self, reference: str, modules: Iterable[str]) -> LoadedFlow:
        files = self._loaded[reference].files
        try:
            for name in modules:
                if name in files and name not in sys.modules:
                    # What Python keeps of a file tells versions apart by whole seconds.
                    Path(importlib.util.cache_from_source(str(files[name]))).unlink(missing_ok=True)
            importlib.invalidate_caches()
            flow = load_flow(reference)
            inspect.signature(flow).bind(None, **self._args[reference])
            return loaded(flow)
        except Exception as error:
            raise _Broken(fault_of(reference, error, files)) from error


class _Broken(Exception):
    def __init__(self, fault: NotReloaded) -> None:
        super().__init__(str(fault))
        self.fault = fault


def loaded(flow: Flow) -> LoadedFlow:
    """A flow with the version of its source. One that no file holds has none."""
    module = sys.modules.get(flow.__module__)
    files = {} if module is None else dict(_own_files(module))
    return LoadedFlow(flow, _version(files), files)


def _own_files(module: ModuleType) -> Iterator[tuple[str, Path]]:
    """Of the module and of all that it uses from the same package, or folder where it is in none."""
    found: dict[str, Path] = {}
    left = [module]
    while left:
        one = left.pop()
        file = getattr(one, "__file__", None)
        if one.__name__ in found or file is None:
            continue
        found[one.__name__] = Path(str(file))
        others = (sys.modules.get(name) for name in _imports(one))
        left += [other for other in others if other is not None and _is_beside(other, module)]
    yield from sorted(found.items())


def _imports(module: ModuleType) -> Iterator[str]:
    """All that may be modules among what its source imports."""
    try:
        tree = ast.parse(_text(Path(module.__file__ or "")))
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (one.name for one in names)
            case ast.ImportFrom(name, names, level):
                parents = (module.__package__ or "").split(".")
                above = parents[: len(parents) + 1 - level] if level else []
                base = ".".join(filter(None, [*above, name]))
                yield base
                yield from (f"{base}.{one.name}" for one in names)


def _is_beside(other: ModuleType, module: ModuleType) -> bool:
    package, _, rest = module.__name__.partition(".")
    if package == "voicecore":
        return False
    if rest:
        return other.__name__.partition(".")[0] == package
    file, own = getattr(other, "__file__", None), module.__file__
    if file is None or own is None or "." in other.__name__:
        return False
    return Path(str(file)).parent == Path(own).parent


def _version(files: Mapping[str, Path]) -> str:
    digest = hashlib.sha256()
    try:
        for name, file in files.items():
            digest.update(f"{name}\0".encode() + _text(file))
    except OSError:
        return ""
    return digest.hexdigest()[:8] if files else ""


_texts: dict[Path, tuple[Stamp, bytes]] = {}
"""Read once a version: simulations ask for it at every call."""


def _text(file: Path) -> bytes:
    stamp = _stamp(file)
    known = _texts.get(file)
    if known is None or known[0] != stamp:
        known = _texts[file] = (stamp, file.read_bytes())
    return known[1]


def _stamps(one: LoadedFlow) -> dict[str, Stamp]:
    return {name: _stamp(file) for name, file in one.files.items()}


def _stamp(file: Path) -> Stamp:
    try:
        status = file.stat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def fault_of(reference: str, error: Exception, files: Mapping[str, Path] | None = None) -> NotReloaded:
    """Why a flow could not be loaded, and where; in the flow's own `files`, where these are known."""
    cause = error.__cause__ if isinstance(error, UsageError) and error.__cause__ is not None else error
    problem = f"{type(cause).__name__}: {cause}"
    if isinstance(cause, SyntaxError):
        return NotReloaded(reference, cause.filename or reference, cause.lineno or 0, cause.msg)
    known = files or {}
    own = {str(file) for file in known.values()}
    frames = [one for one in traceback.extract_tb(cause.__traceback__) if _is_own(one.filename, own)]
    if frames:
        return NotReloaded(reference, frames[-1].filename, frames[-1].lineno or 1, problem)
    return NotReloaded(reference, str(known.get(reference.partition(":")[0], reference)), 1, problem)


def _is_own(file: str, own: set[str]) -> bool:
    """Where it is not known which files are the flow's, all are but Python's import and this one."""
    return file in own if own else file != __file__ and not file.startswith("<frozen")
