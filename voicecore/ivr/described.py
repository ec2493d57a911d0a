"""What verbs are asked for and what they return, as facts for the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final

from voicecore.calls.leg import Leg
from voicecore.ivr.kinds import OneOf
from voicecore.ivr.prompt import InLanguage, Named, Prompt, Say, Series, Single, Spoken, describe, flat
from voicecore.ivr.web.message import WebReply
from voicecore.store.flow_journal import Fact, Scalar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_PROMPTS: Final = frozenset({"prompts", "invalid", "no_input"})

_PERSONAL: Final = frozenset({"target", "text", "digits", "state", "url"})
"""Texts among the arguments that may tell something about the caller."""

_OPEN: Final = frozenset({"key", "status", "reason", "spoken", "duration_ms", "confidence"})
"""Fields of results that tell nothing about a person. An `Enum` never does."""

_UNTOLD: Final = frozenset({"at", "path"})
"""Fields of results that are no facts of the dialogue."""


def asked_facts(
    names: tuple[str, ...], args: Sequence[object], kwargs: Mapping[str, object]
) -> tuple[Fact, ...]:
    """Only what was given: defaults are the same in every call. `names` are those of `args`, the last of the rest."""
    found: list[Fact] = []
    if names and names[-1] == "prompts":
        prompts = args[len(names) - 1 :]
        _add_prompts(found, "prompts", prompts)
        args = args[: len(names) - 1]
    for name, value in zip(names, args, strict=False):
        _add(found, name, value)
    for name, value in kwargs.items():
        _add(found, name, value)
    return tuple(found)


def result_of(value: object) -> tuple[str, tuple[Fact, ...]]:
    """The name of its type, and its fields. Nothing has neither."""
    if value is None:
        return "", ()
    if isinstance(value, WebReply):
        return _reply(value)
    kind = type(value)
    if isinstance(value, Enum):
        return kind.__name__, (Fact("value", _scalar(value)),)
    if not is_dataclass(value) or isinstance(value, type):
        return kind.__name__, (Fact("value", _scalar(value), not isinstance(value, bool)),)
    found = []
    for name in _told(value):
        item = getattr(value, name)
        is_open = name in _OPEN or item is None or isinstance(item, Enum)
        found.append(Fact(name, _scalar(item), not is_open))
    return kind.__name__, tuple(found)


def _reply(reply: WebReply) -> tuple[str, tuple[Fact, ...]]:
    """With what the server sent, so that the call can be run again; of what is no text, only its length."""
    found = [Fact("status", reply.status), Fact("octets", len(reply.body))]
    try:
        found.append(Fact("body", reply.body.decode(), is_personal=True))
    except UnicodeDecodeError:
        pass
    return WebReply.__name__, tuple(found)


_told_of: dict[type, tuple[str, ...]] = {}
"""What is worth telling of each type of result and kind: looked up once."""


def _told(value: DataclassInstance) -> tuple[str, ...]:
    kind = type(value)
    if kind not in _told_of:
        _told_of[kind] = tuple(field.name for field in fields(value) if field.name not in _UNTOLD)
    return _told_of[kind]


def _add(found: list[Fact], name: str, value: object) -> None:
    match name, value:
        case "options", Mapping():
            found.append(Fact(name, " ".join(value)))
        case _, list() | tuple() if name in _PROMPTS:
            _add_prompts(found, name, value)
        case _, _ if name in _PROMPTS:
            _add_prompts(found, name, (value,))
        case _, list() | tuple():
            found.append(Fact(name, ", ".join(str(_scalar(one)) for one in value), name in _PERSONAL))
        case _:
            found.append(Fact(name, _scalar(value), name in _PERSONAL and not isinstance(value, int)))


def _add_prompts(found: list[Fact], name: str, prompts: Sequence[object]) -> None:
    """Their names, and apart from those the words and values, which may be the caller's own."""
    singles = list(flat(_prompts(prompts)))
    if singles:
        found.append(Fact(name, ", ".join(map(describe, singles))))
    words = [text for one in singles if (text := _words(one))]
    if words:
        found.append(Fact(f"{name}_words", "; ".join(words), is_personal=True))


def _prompts(values: Sequence[object]) -> list[Prompt]:
    return [one for one in values if isinstance(one, str | tuple | Series | Single)]


def _words(prompt: Single) -> str:
    match prompt:
        case Spoken(text):
            return text
        case Say(text, values):
            return text + "".join(f", {name}={value}" for name, value in values)
        case Named(_, values):
            return ", ".join(f"{name}={value}" for name, value in values)
        case InLanguage(inner):
            return _words(inner)
        case _:
            return ""


def _scalar(value: object) -> Scalar:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Enum():
            return _scalar(value.value)
        case Decimal() | date() | datetime():
            return str(value)
        case Leg():
            return int(value.id)
        case OneOf(options):
            return f"OneOf({' '.join(options)})"
        case _ if is_dataclass(value) and not isinstance(value, type):
            given = (f"{name}={_scalar(getattr(value, name))!r}" for name in _told(value))
            return f"{type(value).__name__}({', '.join(given)})"
        case _ if callable(value):
            return str(getattr(value, "__qualname__", type(value).__name__))
        case _:
            return type(value).__name__
