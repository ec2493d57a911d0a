"""Takes typed values out of a TOML table and collects every fault on the way."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeGuard

from voicecore.config.source import Key, Source, Table, Value
from voicecore.errors import ConfigFault


class Fields:
    """One table. Each method takes one key; after a fault it returns the default, so that reading goes on."""

    def __init__(self, source: Source, key: Key, table: Table, faults: list[ConfigFault]) -> None:
        self._source = source
        self._key = key
        self._table = table
        self._faults = faults
        self._known: list[str] = []

    def fault(self, name: str, problem: str, remedy: str) -> None:
        self._faults.append(self._source.fault((*self._key, name), problem, remedy))

    def table(self, name: str) -> Fields:
        """A table inside, empty when it is not there."""
        value = self._take(name, {})
        if not is_table(value):
            self.fault(
                name, f"is {described(value)}, not a table", f"Write it as [{name}] on a line of its own"
            )
            value = {}
        return Fields(self._source, (*self._key, name), value, self._faults)

    def tables(self, name: str) -> list[Fields]:
        """An array of tables, empty when it is not there."""
        value = self._take(name, [])
        if not (isinstance(value, list) and all(map(is_table, value))):
            header = ".".join(part for part in (*self._key, name) if isinstance(part, str))
            self.fault(name, f"is {described(value)}, not a list of tables", f"Write each as [[{header}]]")
            return []
        return [Fields(self._source, (*self._key, name, i), t, self._faults) for i, t in enumerate(value)]

    def text(self, name: str, default: str) -> str:
        value = self._take(name, default)
        if isinstance(value, str) and value:
            return value
        self.fault(name, f"is {described(value)}, not a text", f'Write a text in quotes, such as "{default}"')
        return default

    def optional_text(self, name: str, example: str) -> str | None:
        return self.text(name, example) if self.has(name) else None

    def required_text(self, name: str, example: str) -> str:
        """Empty after a fault."""
        if self.has(name):
            value = self.text(name, example)
            return value if value == self._table[name] else ""
        self.fault(name, "is missing", f'Add a line such as {name} = "{example}"')
        return ""

    def hidden_text(self, name: str, remedy: str) -> str:
        """A text that no fault shows. Empty after one."""
        value = self._take(name, "")
        if isinstance(value, str) and value:
            return value
        self.fault(name, "is not a text in quotes, or is empty", remedy)
        return ""

    def has(self, name: str) -> bool:
        """Also makes the key a known one."""
        self._known.append(name)
        return name in self._table

    def path(self, name: str, default: str) -> Path:
        text = self.text(name, default)
        if "\0" in text:
            self.fault(name, "holds a NUL character", "No path can hold one: remove it")
            text = default
        return Path(text)

    def choice(self, name: str, default: str, choices: Iterable[str]) -> str:
        value = self.text(name, default)
        known = list(choices)
        if value in known:
            return value
        self.fault(name, f"{value!r} is none of {', '.join(known)}", did_you_mean(value, known))
        return default

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        value = self._take(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(
            name,
            f"is {described(value)}, not a whole number from {least} to {most}",
            f"The default is {default}",
        )
        return default

    def number(self, name: str, default: float, least: float, most: float) -> float:
        value = self._take(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        self.fault(
            name, f"is {described(value)}, not a number from {least:g} to {most:g}", f"Such as {default:g}"
        )
        return default

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name, default)
        if isinstance(value, bool):
            return value
        self.fault(name, f"is {described(value)}, not true or false", "Write it without quotes")
        return default

    def seconds(self, name: str, default: float, most: float) -> float:
        value = self._take(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:
            return float(value)
        self.fault(
            name, f"is {described(value)}, not seconds from 0 to {most:g}", f"The default is {default:g}"
        )
        return default

    def switch(self, name: str, default: bool) -> bool:
        value = self._take(name, default)
        if isinstance(value, bool):
            return value
        self.fault(
            name, f"is {described(value)}, not true or false", f"The default is {str(default).lower()}"
        )
        return default

    def one_or_more(self, name: str) -> list[Value]:
        """A list, or one value in place of a list of one."""
        value = self._take(name, [])
        if not isinstance(value, list):
            return [value]
        if not value:
            self.fault(name, "names nothing", "Name one, or remove the line")
        return value

    def values(self, name: str, default: list[Value]) -> list[Value]:
        value = self._take(name, default)
        if isinstance(value, list):
            return value
        self.fault(name, f"is {described(value)}, not a list", f"Write it in brackets, such as {default}")
        return default

    def plain_table(self, name: str) -> Table:
        """A table whose keys are the operator's own."""
        value = self._take(name, {})
        if is_table(value):
            return value
        self.fault(name, f"is {described(value)}, not a table", 'Write it as { name = "value" }')
        return {}

    def amount(self, name: str, default: float, least: float, most: float) -> float:
        value = self._take(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        self.fault(
            name,
            f"is {described(value)}, not a number from {least:g} to {most:g}",
            f"The default is {default:g}",
        )
        return default

    def close(self) -> None:
        """Every key that nobody took is a fault."""
        for name in self._table:
            if name not in self._known:
                self.fault(name, "is not a known key", did_you_mean(name, self._known))

    def _take(self, name: str, default: Value) -> Value:
        self._known.append(name)
        return self._table.get(name, default)


def is_table(value: Value) -> TypeGuard[Table]:
    return isinstance(value, dict)


def described(value: Value) -> str:
    """What a value is, in a person's words."""
    match value:
        case "":
            return "an empty text"
        case str():
            return f"the text {value!r}"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def did_you_mean(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word[:64], known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}"
