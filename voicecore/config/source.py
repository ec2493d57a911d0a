"""A TOML text together with the lines of its keys, which the standard parser does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from voicecore.errors import ConfigError, ConfigFault

Key = tuple[str | int, ...]
"""The way to a value: ("number", 2, "flow") is the flow of the third [[number]]."""

Value = object
Table = dict[str, Value]


def key_text(key: Key) -> str:
    """As a person writes it: `number[3].flow`, counted from one."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed text. `fault` makes an error that names the place."""

    file: str
    table: Table
    lines: dict[Key, int]

    @classmethod
    def parse(cls, text: str, file: str) -> Source:
        """Raises ConfigError for what is not TOML."""
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(_syntax_fault(str(error), text, file)) from error
        except (ValueError, RecursionError) as error:
            problem = "a number is too long" if isinstance(error, ValueError) else "is nested too deeply"
            raise ConfigError(ConfigFault(file, None, "TOML", problem, "Write it shorter")) from error
        return cls(file, table, dict(_lines(text)))

    def line(self, key: Key) -> int | None:
        """The line of the key, or of the nearest thing that holds it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key)

    def fault(self, key: Key, problem: str, remedy: str) -> ConfigFault:
        return ConfigFault(self.file, self.line(key), key_text(key), problem, remedy)


_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def _syntax_fault(message: str, text: str, file: str) -> ConfigFault:
    place = _PLACE.search(message)
    line = text.count("\n") + 1 if place is None or place[1] is None else int(place[1])
    problem = _PLACE.sub("", message)
    return ConfigFault(file, line, "TOML", problem[:1].lower() + problem[1:], "Mend the syntax of this line")


# One piece of valid TOML that matters to where keys stand; everything else is passed over.
_PIECE = re.compile(
    r"""
      (?P<newline>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<text>\"\"\"(?:[^\\]|\\.)*?\"{3,5}|'''.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    | (?P<open>[\[{])
    | (?P<close>[\]}])
    | (?P<equals>=)
    | (?P<word>[A-Za-z0-9_-]+)
    """,
    re.VERBOSE | re.DOTALL,
)


def _lines(text: str) -> Iterator[tuple[Key, int]]:
    """The keys of a valid text with their lines: tables, and what stands at the start of a line."""
    line, table, counts = 1, Key(), dict[Key, int]()
    depth, names, in_value = 0, list[str](), False
    for piece in _PIECE.finditer(text):
        match piece.lastgroup:
            case "newline" if depth == 0 or not in_value:
                names, in_value, depth = [], False, 0
            case "open":
                depth += 1
            case "close":
                depth -= 1
                if not in_value and depth == 0:
                    table = _table(tuple(names), text[piece.start() - 1] == "]", counts)
                    yield table, line
            case "equals" if not in_value:
                in_value = True
                yield (*table, *names), line
            case "word" | "text" if not in_value:
                names.append(_name(piece[0]))
        line += piece[0].count("\n")


def _name(token: str) -> str:
    return str(next(iter(tomllib.loads(f"{token}=0"))))


def _table(names: tuple[str, ...], is_array: bool, counts: dict[Key, int]) -> Key:
    """Where the header leads: through the newest entry of each array of tables on its way."""
    key: Key = ()
    for name in names[:-1]:
        key = (*key, name)
        if key in counts:
            key = (*key, counts[key])
    key = (*key, names[-1])
    if is_array:
        counts[key] = counts.get(key, -1) + 1
        key = (*key, counts[key])
    return key
