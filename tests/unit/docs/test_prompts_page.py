"""The page about prompts: its table of kinds is what the rules say, and its test passes."""

from __future__ import annotations

import datetime as clock
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.docs.blocks import blocks_of
from voicecore.config.reading import settings_of
from voicecore.config.source import Source
from voicecore.config.synthesis import HIGHEST_RATE, LOWEST_RATE
from voicecore.errors import ConfigError
from voicecore.speech.http_service import ITS_OWN_FAULT, MAX_OCTETS
from voicecore.speech.language.kinds import KINDS, words
from voicecore.speech.language.money import Money
from voicecore.speech.language.registry import rules_for
from voicecore.speech.synthesis import EngineDown

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


def service_keys(root: Path) -> list[str]:
    page = (root / "docs" / "prompts.md").read_text(encoding="utf-8")
    _, _, table = page.partition("| key |")
    return [line.split("`")[1] for line in table.partition("\n\n")[0].splitlines()[2:]]


def test_the_pages_service_is_configured_as_the_page_says(root: Path) -> None:
    _, text = [b.text for b in blocks_of(root / "docs" / "prompts.md", root) if b.tag == "toml"]
    (one,) = settings_of(Source.parse(text, "voicecore.toml")).speech.services
    service, page = one.service, (root / "docs" / "prompts.md").read_text(encoding="utf-8")
    assert (service.name, service.pcm_rate, service.languages) == ("cloud", 24_000, ("en", "zh"))
    for name, seconds in (("first_byte_s", service.first_byte_s), ("timeout_s", service.timeout_s)):
        assert f"| `{name}` | {seconds:g}:" in page
    assert f"from {LOWEST_RATE} to {HIGHEST_RATE} |" in page
    assert f"{MAX_OCTETS // 2**20} MiB at most" in page
    assert f"alone for {EngineDown.rest_s:g} seconds" in page
    statuses = " or ".join(", ".join(map(str, sorted(ITS_OWN_FAULT))).rsplit(", ", 1))
    assert f"than {statuses}\ngoes" in page


def test_the_page_tells_every_key_of_a_service(root: Path) -> None:
    told = service_keys(root)
    known = [f"{key} = 0\n" for key in told]  # whether it is read at all, not whether 0 is right
    with pytest.raises(ConfigError) as raised:
        settings_of(Source.parse("".join(["[[speech.http]]\nnobody = 0\n", *known]), "voicecore.toml"))
    (unknown,) = [fault for fault in raised.value.faults if "not a known key" in fault.problem]
    assert unknown.key == "speech.http[1].nobody"
    assert set(unknown.remedy.removeprefix("Known here: ").split(", ")) == set(told)


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
