"""A coroutine function as its syntax tree, and the names that it sees."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voicecore.errors import UsageError


@dataclass(frozen=True, slots=True)
class Source:
    """`names` are those of the module that it stands in."""

    function: ast.AsyncFunctionDef
    module: str
    file: str
    names: Mapping[str, object]

    def where(self, node: ast.AST) -> str:
        return f"{self.module}:{getattr(node, 'lineno', 0)}"

    @property
    def call(self) -> str:
        """How the function calls its call."""
        arguments = [*self.function.args.posonlyargs, *self.function.args.args]
        return arguments[0].arg if arguments else ""


def source_of(flow: Callable[..., Any]) -> Source:
    """Raises UsageError where there is no source, as for a flow that was made by a program."""
    try:
        file = inspect.getsourcefile(flow) or ""
        text, first = inspect.getsourcelines(flow)
        tree = ast.parse(_dedented(text))
    except (OSError, TypeError, SyntaxError) as error:
        raise UsageError(f"{flow!r} has no source to look at") from error
    found = tree.body[0]
    if not isinstance(found, ast.AsyncFunctionDef):
        raise UsageError(f"{flow!r} is no coroutine function")
    ast.increment_lineno(found, first - 1)
    return Source(found, flow.__module__, file, flow.__globals__)


def _dedented(lines: list[str]) -> str:
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "".join(line[margin:] if line[:margin].isspace() or not margin else line for line in lines)
