"""docs/speech.md: its flow and its test do as the page says, and its tables name what there is."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest

from tests.unit.docs.blocks import blocks_of
from voicecore.config.recognition import RECOGNISERS


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "speech.md").read_text(encoding="utf-8")


async def test_the_page_s_own_test_passes(root: Path) -> None:
    flow, test = (block for block in blocks_of(root / "docs" / "speech.md", root) if block.tag == "python")
    written, tested = ModuleType("my_flows"), ModuleType("test_my_flows")
    exec(compile(flow.text, "my_flows", "exec"), written.__dict__)
    with patch.dict(sys.modules, {"my_flows": written}):
        exec(compile(test.text, "test_my_flows", "exec"), tested.__dict__)
    await tested.test_a_caller_may_speak()


def test_every_recogniser_is_named(page: str) -> None:
    for name in RECOGNISERS:
        assert f"| `{name}` |" in page
