"""A prompt as a row of sounds: what is fixed and made once, and what is said for one caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from voicecore.errors import UsageError
from voicecore.speech.language.kinds import Value, characters, words
from voicecore.speech.language.registry import rules_for
from voicecore.speech.template import Placeholder, Template

_SIGNS: Final = re.compile(r"[\s.,;:!?)\]。，、；：！？）]+")
"""Signs with which a text goes on behind a value: they belong to what was said before."""
_KEYS: Final = {"*": "star", "#": "pound", "+": "plus"}


class Joint(Enum):
    """How much silence, in milliseconds, an end keeps at most towards the piece beside it."""

    OPEN = None
    """The end of a prompt or of a sentence: as it was made."""
    COMMA = 70
    CLOSE = 15
    """Within a sentence: the two are said in one breath."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One sound of a prompt. Equal pieces sound the same.

    `recording` is the file's name, without ending, that is played in place of the text where it is there.
    A piece that is not `fixed` holds what only one caller hears: it is not kept on disk.
    """

    language: str
    text: str
    recording: str = ""
    fixed: bool = True
    before: Joint = Joint.OPEN
    after: Joint = Joint.OPEN


@dataclass(frozen=True, slots=True)
class Source:
    """Where a template comes from: its language, its prompt's name if it has one, and texts of that language."""

    language: str
    name: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Of the prompts in that language, by name: `digit_4` says a 4 where it is here."""


def pieces_of(template: Template, values: Mapping[str, Value], source: Source) -> list[Piece]:
    """The template filled: its fixed texts and the words of its values, in order.

    The fixed text of a prompt NAME is recorded as NAME; those of one with placeholders as NAME.1, NAME.2 and so on.
    Raises UsageError where a value is missing, unknown, or of another kind; Unavailable where the language has no
    rules.
    """
    needed = {placeholder.name for placeholder in template.placeholders}
    if needed != set(values):
        raise UsageError(_difference(source.name, needed, set(values)))
    return _row(template, source, lambda placeholder: _said(placeholder, values[placeholder.name], source))


def fixed_pieces_of(template: Template, source: Source) -> list[Piece]:
    """Those pieces of a template that do not hang on values: what can be made before a call."""
    anything = [Piece(source.language, "anything", fixed=False)]
    return [piece for piece in _row(template, source, lambda _: anything) if piece.fixed]


def _row(template: Template, source: Source, said: Callable[[Placeholder], list[Piece]]) -> list[Piece]:
    row: list[Piece] = []
    before, number = "", 0
    for part in template.parts:
        signs = ""
        if isinstance(part, Placeholder):
            run = said(part)
        else:
            signs = _leading_signs(part) if row else ""
            text = part[len(signs) :].strip()
            if signs.strip() and not row[-1].fixed:
                row[-1] = replace(row[-1], text=row[-1].text.rstrip() + signs.strip())
            number += bool(text)
            name = source.name if template.is_plain or not source.name else f"{source.name}.{number}"
            run = [Piece(source.language, text, name)] if text else []
        row = _meet(row, run, _joint(before + signs))
        before = part if isinstance(part, str) else "".join(piece.text for piece in run)
    return row


def _said(placeholder: Placeholder, value: Value, source: Source) -> list[Piece]:
    try:
        groups = characters(placeholder.kind, value)
        by_names = _by_names(groups, placeholder.argument == "yao", source) if groups else []
        if by_names:
            return by_names
        said = words(rules_for(source.language), placeholder.kind, value, placeholder.argument)
    except UsageError as error:
        raise UsageError(f"{{{placeholder.name}}}: {error}") from error
    return [Piece(source.language, said.strip(), fixed=False)] if said.strip() else []


def _by_names(groups: Sequence[str], yao: bool, source: Source) -> list[Piece]:
    """The manifest's own prompts for digits, a breath between groups; nothing where one of them is missing."""
    row: list[Piece] = []
    for group in groups:
        joint = Joint.COMMA
        for digit in group:
            name = f"digit_{'yao' if yao and digit == '1' else _KEYS.get(digit, digit)}"
            if name not in source.texts:
                return []
            row = _meet(row, [Piece(source.language, source.texts[name], name)], joint)
            joint = Joint.CLOSE
    return row


def _meet(row: list[Piece], following: list[Piece], joint: Joint) -> list[Piece]:
    if not row or not following:
        return row + following
    last, first = replace(row[-1], after=joint), replace(following[0], before=joint)
    return [*row[:-1], last, first, *following[1:]]


def _joint(said_before: str) -> Joint:
    match said_before.rstrip(" \"')]）」”")[-1:]:
        case "." | "!" | "?" | ";" | ":" | "。" | "！" | "？" | "；" | "：":
            return Joint.OPEN
        case "," | "，" | "、":
            return Joint.COMMA
        case _:
            return Joint.CLOSE


def _leading_signs(text: str) -> str:
    found = _SIGNS.match(text)
    return found[0] if found else ""


def _difference(name: str, needed: set[str], given: set[str]) -> str:
    parts = [f"needs {', '.join(sorted(needed - given))}"] if needed - given else []
    parts += [f"has no place for {', '.join(sorted(given - needed))}"] if given - needed else []
    return f"{f'prompt {name!r}' if name else 'the text'} {' and '.join(parts)}"
