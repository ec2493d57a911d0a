"""What a look needs to know of each verb: what it says, whether it asks, and how it is written in a picture."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Final

from voicecore.ivr.call import Call

QUESTIONS: Final = frozenset({"menu", "ask", "gather"})
BLOCKS: Final = frozenset({"music", "playing", "echo"})
"""Blocks that the caller hears."""

UNHEARD: Final = frozenset({"answer", "ring", "early_media", "checkpoint", "note", "message_light"})
"""Verbs that are no part of the dialogue."""

_SAYING: Final = frozenset({"play", "playing", "filler", "menu", "ask", "gather"})
_LONGEST_LABEL: Final = 60


def label_of(verb: str, call: ast.Call) -> str:
    """`menu main_menu`, `say "Goodbye."`, `wait 20`."""
    words = [_short(one) for one in call.args]
    if verb == "say" and call.args and isinstance(call.args[0], ast.Constant):
        words = [f'"{call.args[0].value!s}"']
    text = " ".join([verb, ", ".join(filter(None, words))]).strip()
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 3]}..."


def prompts_of(verb: str, call: ast.Call) -> Iterator[str]:
    """Names of the manifest that it may play, those of its defaults included."""
    if verb not in _SAYING:
        return
    for one in call.args:
        yield from _names(one)
    given = {one.arg: one.value for one in call.keywords}
    for name, parameter in inspect.signature(getattr(Call, verb)).parameters.items():
        if name in ("invalid", "no_input"):
            if name in given:
                yield from _names(given[name])
            elif isinstance(parameter.default, str):
                yield parameter.default


def _short(node: ast.expr) -> str:
    match node:
        case ast.Constant(value):
            return str(value)
        case ast.Call(_, [ast.Constant(value), *_]):
            return str(value)
        case ast.Starred():
            return "..."
        case _:
            return ast.unparse(node)


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(str(name)):
            yield name
        case ast.Call(ast.Name("Named"), [ast.Constant(str(name)), *_]):
            yield name
        case ast.Tuple(parts) | ast.List(parts):
            for part in parts:
                yield from _names(part)
        case ast.BinOp(left, ast.Add(), right):
            yield from _names(left)
            yield from _names(right)
        case ast.IfExp(_, body, otherwise):
            yield from _names(body)
            yield from _names(otherwise)
        case _:
            return
