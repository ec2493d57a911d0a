"""The README's picture is what the program draws, and its flow is ten lines that work."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.docs.blocks import blocks_of
from tools.first_call_picture import picture
from voicecore.config.reading import settings_of
from voicecore.config.source import Source
from voicecore.testing.simulated_call import simulated_platform


def python_blocks(root: Path, name: str) -> list[str]:
    return [block.text for block in blocks_of(root / name, root) if block.tag == "python"]


def flow_in(code: str) -> Any:
    module = ModuleType("my_flows")
    exec(compile(code, "my_flows", "exec"), module.__dict__)
    return module.main


def test_the_picture_is_what_the_program_draws(root: Path) -> None:
    drawn = (root / "docs" / "first-call.svg").read_text(encoding="utf-8")
    assert drawn == picture(), "draw it again: python -m tools.first_call_picture docs/first-call.svg"


def test_the_first_flow_has_ten_lines(root: Path) -> None:
    code = python_blocks(root, "README.md")[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize(("key", "heard"), [("1", "music"), ("9", "invalid_choice")])
async def test_the_first_flow_works(root: Path, key: str, heard: str) -> None:
    flow = flow_in(python_blocks(root, "README.md")[0])
    async with simulated_platform({"100": flow}) as platform:
        caller = await platform.dial("100")
        await caller.hears("main_menu")
        caller.press(key)
        await caller.hears(heard)
        caller.hang_up()


def test_the_flow_of_the_guide_and_its_tests_work(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, test = python_blocks(root, "docs/first-flow.md")
    module = ModuleType("my_flows")
    module.main = flow_in(code)  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, "my_flows", module)
    namespace: dict[str, Any] = {}
    exec(compile(test, "test_my_flows", "exec"), namespace)
    namespace["test_a_caller_leaves_a_message"]()
    namespace["test_nobody_is_trapped"]()


def test_the_guides_configuration_is_right(root: Path) -> None:
    (text,) = [b.text for b in blocks_of(root / "docs" / "first-flow.md", root) if b.tag == "toml"]
    settings = settings_of(Source.parse(text, "voicecore.toml"))
    assert settings.numbers[0].flow == "my_flows:main"
