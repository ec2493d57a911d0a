"""What a reader could copy from README.md and docs/ is run, parsed, or matched to the test that runs it."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest

from tests.unit.docs.blocks import Block, blocks_of, commands_of, documents
from tests.unit.docs.ways import way_for

ROOT = Path(__file__).resolve().parents[3]
BLOCKS = [block for path in documents(ROOT) for block in blocks_of(path, ROOT)]


def prove_commands(block: Block, scratch: Path) -> None:
    for words in commands_of(block):
        way = way_for(words)
        assert way, f"no line of tests/unit/docs/ways.py proves: {' '.join(words)}"
        way.proof(words, ROOT, scratch)


def prove_python(block: Block, scratch: Path) -> None:
    # A page's earlier snippets are what the reader has written into `my_flows.py` by then.
    written = ModuleType("my_flows")
    for earlier in BLOCKS:
        if earlier.file == block.file and earlier.tag == "python" and earlier.line < block.line:
            exec(compile(earlier.text, str(earlier), "exec", dont_inherit=True), written.__dict__)
    with patch.dict(sys.modules, {"my_flows": written}):
        exec(compile(block.text, str(block), "exec", dont_inherit=True), {"__name__": "snippet"})


def prove_toml(block: Block, scratch: Path) -> None:
    tomllib.loads(block.text)


def prove_json(block: Block, scratch: Path) -> None:
    json.loads(block.text)


def prove_picture(block: Block, scratch: Path) -> None:
    assert block.text.strip()


PROOFS = {
    "sh": prove_commands,
    "python": prove_python,
    "toml": prove_toml,
    "json": prove_json,
    "mermaid": prove_picture,
    "text": prove_picture,  # what a program prints, or a drawing: nothing that one could run
}


def test_readme_has_commands() -> None:
    assert any(block.tag == "sh" and block.file == "README.md" for block in BLOCKS)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_block_holds(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert block.tag in PROOFS, f"{block}: a block is one of {', '.join(PROOFS)}, not {block.tag!r}"
    monkeypatch.chdir(tmp_path)
    PROOFS[block.tag](block, tmp_path)


@pytest.mark.parametrize("path", documents(ROOT), ids=lambda path: str(path.relative_to(ROOT)))
def test_document_links_to_files_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for part in text.split("](")[1:]:
        target = part.partition(")")[0].partition("#")[0]
        if target and "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
