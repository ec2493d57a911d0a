"""The page about prompts: its table of kinds is what the rules say, and its test passes."""

from __future__ import annotations

import datetime as clock
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.docs.blocks import blocks_of
from voicecore.speech.language.kinds import KINDS, words
from voicecore.speech.language.money import Money
from voicecore.speech.language.registry import rules_for

NAMES = {
    "Money": Money,
    "date": clock.date,
    "time": clock.time,
    "datetime": clock.datetime,
    "timedelta": clock.timedelta,
}


def rows(root: Path) -> list[list[str]]:
    """Cells of the table of kinds; a bar within a cell is written with a backslash."""
    page = (root / "docs" / "prompts.md").read_text(encoding="utf-8").replace("\\|", "\0")
    _, _, table = page.partition("| kind |")
    lines = table.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("\0", "|") for cell in line.strip("|").split("|")] for line in lines]


def test_every_kind_is_said_as_the_page_says(root: Path) -> None:
    for kinds, value, english, chinese in rows(root):
        by_language = [kind.strip(" `") for kind in kinds.split(",") if ":" in kind or "," not in kinds]
        if kinds == "`date:weekday,no-year`":
            by_language = [kinds.strip("`")]
        for language, expected, written in (
            ("en", english, by_language[0]),
            ("zh", chinese, by_language[-1]),
        ):
            kind, _, argument = written.partition(":")
            said = words(rules_for(language), kind, eval(value.strip("`"), NAMES), argument)
            assert said == expected or expected == "the last form", written


def test_the_page_tells_every_kind(root: Path) -> None:
    assert {row[0].strip("`").partition(":")[0] for row in rows(root)} == set(KINDS)


async def test_the_pages_test_passes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flow, _, test = [b.text for b in blocks_of(root / "docs" / "prompts.md", root) if b.tag == "python"]
    written = ModuleType("my_flows")
    exec(flow, written.__dict__)
    monkeypatch.setitem(sys.modules, "my_flows", written)
    names: dict[str, object] = {}
    exec(test, names)
    heard = names["test_the_balance_is_said"]
    assert callable(heard)
    await heard()
