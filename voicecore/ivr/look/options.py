"""What the options of a menu are, and which of them a case of `match` takes, as far as the source tells."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SILENT: Final = frozenset({"NoChoice", "NoInput", "NotAsked"})
"""Results of a caller who did nothing, or nothing that can be used."""

ANSWERS: Final = frozenset({"Choice", "Digits", "Asked", "Key"})


class Unknown:
    """A value that only a running flow knows."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Option:
    keys: str
    value: object

    @property
    def label(self) -> str:
        match self.value:
            case Unknown() | None:
                return self.keys
            case str(text):
                return f"{self.keys} {text}"
            case value:
                return f"{self.keys} {getattr(value, '__name__', value)}"


def value_of(node: ast.expr, names: Mapping[str, object]) -> object:
    """A constant, or what a name of the module stands for; else UNKNOWN."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(id):
            return names.get(id, UNKNOWN)
        case ast.Attribute(inner, attribute):
            return getattr(value_of(inner, names), attribute, UNKNOWN)
        case _:
            return UNKNOWN


def options_of(
    node: ast.expr | None, names: Mapping[str, object], locals: Mapping[str, ast.expr]
) -> list[Option]:
    """Empty where they are made while the call runs."""
    match node:
        case ast.Name(id) if id in locals:
            return options_of(locals[id], names, {})
        case ast.Name(id) if isinstance(known := names.get(id), Mapping):
            return [Option(str(key), value) for key, value in known.items()]
        case ast.Dict(keys, values):
            made = []
            for key, value in zip(keys, values, strict=True):
                if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                    return []
                made.append(Option(key.value, value_of(value, names)))
            return made
        case _:
            return []


@dataclass(frozen=True, slots=True)
class Taken:
    """What one case takes. `capture` is the name that the option's value gets."""

    options: tuple[Option, ...]
    is_silent: bool
    """Also a caller who did nothing."""
    is_else: bool
    is_certain: bool
    """Whatever fits goes here: there is no guard that might refuse it."""
    capture: str = ""


def taken(case: ast.match_case, left: list[Option], names: Mapping[str, object]) -> Taken:
    """`left`: the options that no case before has taken for certain."""
    guard = case.guard
    options, silent, is_else, capture = _fits(case.pattern, left, names)
    excludes_none = guard is not None and ast.unparse(guard) == f"{capture} is not None"
    if excludes_none:
        options = [one for one in options if one.value is not None]
    return Taken(tuple(options), silent, is_else, guard is None or excludes_none, capture)


def _fits(
    pattern: ast.pattern, left: list[Option], names: Mapping[str, object]
) -> tuple[list[Option], bool, bool, str]:
    match pattern:
        case ast.MatchAs(None, _):
            return left, True, True, ""
        case ast.MatchAs(inner, _) if inner is not None:
            return _fits(inner, left, names)
        case ast.MatchOr(patterns):
            parts = [_fits(one, left, names) for one in patterns]
            options = [one for one in left if any(one in part[0] for part in parts)]
            return options, any(part[1] for part in parts), any(part[2] for part in parts), ""
        case ast.MatchClass(ast.Name(name)) if name in SILENT:
            return [], not pattern.patterns or "SILENT" in ast.unparse(pattern), False, ""
        case ast.MatchClass(ast.Name(name), patterns) if name in ANSWERS and patterns:
            options, capture = _values(patterns[0], left, names)
            return options, False, False, capture
        case ast.MatchClass(ast.Name(name)) if name in ANSWERS:
            return left, False, False, ""
        case _:
            return [], False, False, ""


def _values(
    pattern: ast.pattern, left: list[Option], names: Mapping[str, object]
) -> tuple[list[Option], str]:
    match pattern:
        case ast.MatchAs(None, name):
            return left, name or ""
        case ast.MatchAs(inner, name) if inner is not None:
            return _values(inner, left, names)[0], name or ""
        case ast.MatchSingleton(singleton):
            return [one for one in left if one.value is singleton], ""
        case ast.MatchValue(node):
            value = value_of(node, names)
            return [one for one in left if one.value == value], ""
        case ast.MatchOr(patterns):
            found = [_values(one, left, names)[0] for one in patterns]
            return [one for one in left if any(one in part for part in found)], ""
        case ast.MatchClass(ast.Name(name)):
            kind = {"str": str, "int": int, "bool": bool}.get(name) or names.get(name)
            if inspect.isclass(kind):
                return [one for one in left if isinstance(one.value, kind)], ""
            return left, ""
        case _:
            return left, ""
