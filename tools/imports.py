"""What a Python file imports, and where. Reads the source; runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Import:
    """`module` is dotted and absolute; `from a import b` counts as `a.b`, whatever `b` is."""

    line: int
    module: str


def module_of(path: Path) -> tuple[str, ...]:
    """The dotted name of a file given relative to the repository's root, as its parts."""
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports_of(path: Path, root: Path) -> Iterator[Import]:
    """Every import of the file, inside functions and `if TYPE_CHECKING` too, relative ones made absolute."""
    relative = path.relative_to(root)
    package = relative.parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(relative))):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = [*above, *([node.module] if node.module else [])]
            yield from (Import(node.lineno, ".".join([*base, alias.name])) for alias in node.names)
