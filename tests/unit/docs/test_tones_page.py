"""docs/tones.md: its settings, countries and defaults are those of the program, and its flows do what it says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.docs.blocks import blocks_of
from voicecore.calls.machine_detection import MachineDetection
from voicecore.media.call_progress import COUNTRIES
from voicecore.testing.caller_script import Meets, Reaction
from voicecore.testing.simulated_call import simulated_platform


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "tones.md").read_text(encoding="utf-8")


@pytest.fixture
def flows(root: Path) -> ModuleType:
    module = ModuleType("my_flows")
    for block in blocks_of(root / "docs" / "tones.md", root):
        if block.tag == "python":
            exec(compile(block.text, "my_flows", "exec", dont_inherit=True), module.__dict__)
    return module


def test_every_country_is_named(page: str) -> None:
    named = re.search(r"Known: ([A-Z, ]+);", page)
    assert named is not None
    assert named[1].split(", ") == sorted(COUNTRIES)


def test_every_limit_is_told_with_its_default(page: str) -> None:
    for field in fields(MachineDetection):
        assert f"`{field.name}`" in page
        if isinstance(field.default, float | int) and not isinstance(field.default, bool):
            assert f"{field.default:g}" in page


def test_the_settings_are_known_to_the_configuration(root: Path) -> None:
    (block,) = [one for one in blocks_of(root / "docs" / "tones.md", root) if one.tag == "toml"]
    defaults = (root / "voicecore" / "config" / "default.toml").read_text(encoding="utf-8")
    for name in tomllib.loads(block.text)["media"]:
        assert f"# {name} = " in defaults


async def test_a_machine_is_told_from_a_person(flows: ModuleType) -> None:
    meets = [Meets("tel:+441632960123", Reaction.MACHINE, after=1.0)]
    async with simulated_platform({"1": flows.connect}, meets=meets) as platform:
        caller = await platform.dial("1")
        await caller.hears("goodbye")


async def test_a_busy_tone_is_heard_before_the_call_is_refused(flows: ModuleType) -> None:
    async with simulated_platform({"1": flows.busy}) as platform:
        caller = await platform.dial("1")
        file = await platform.record()
    assert caller.status == 486
    assert "busy tone" in [event.detail for event in file.events if event.kind == "prompt"]
