"""A text with places for values: `Your balance is {amount:money}.` Parsed, not filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voicecore.errors import UsageError
from voicecore.speech.language.kinds import KINDS

_TOKEN: Final = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{name:kind:argument}`. Without a kind, the value's type says how it is said."""

    name: str
    kind: str = ""
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed texts and placeholders in order; no two texts stand beside each other."""

    parts: tuple[str | Placeholder, ...]

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(part for part in self.parts if isinstance(part, Placeholder))

    @property
    def is_plain(self) -> bool:
        """Nothing is to be filled in."""
        return not self.placeholders


@lru_cache(maxsize=4096)
def parse_template(text: str) -> Template:
    """Reads the placeholders; `{{` and `}}` are braces. UsageError says what is wrong with one.

    >>> parse_template("Hello {name}.").parts
    ('Hello ', Placeholder(name='name', kind='', argument=''), '.')
    """
    parts: list[str | Placeholder] = []
    for part in _parts(text):
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return Template(tuple(parts))


def _parts(text: str) -> Iterator[str | Placeholder]:
    for token in _TOKEN.findall(text):
        match token:
            case "{{" | "}}":
                yield token[0]
            case "{" | "}":
                raise UsageError(f"a lone {token}: write {token * 2} for a brace that is part of the text")
            case _ if token.startswith("{"):
                yield _placeholder(token[1:-1])
            case _:
                yield token


def _placeholder(text: str) -> Placeholder:
    name, _, rest = text.partition(":")
    kind, _, argument = rest.partition(":")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{{{text}}}: a name is lower case letters, digits and underscores")
    if rest and kind not in KINDS:
        raise UsageError(f"{{{text}}}: the kinds are {', '.join(KINDS)}")
    if kind:
        _check_argument(text, argument, KINDS[kind].options)
    return Placeholder(name, kind, argument)


def _check_argument(text: str, argument: str, options: frozenset[str] | None) -> None:
    if options is None:
        if not argument.strip("|"):
            raise UsageError(f"{{{text}}}: write what is counted behind a second colon, as message|messages")
    elif argument and not set(argument.split(",")) <= options:
        known = f"only {', '.join(sorted(options))}" if options else "nothing"
        raise UsageError(f"{{{text}}}: {known} may stand behind the second colon")
