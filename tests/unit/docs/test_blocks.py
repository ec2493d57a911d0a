from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.docs.blocks import Block, blocks_of, commands_of
from tests.unit.docs.ways import is_make_target, runs, shown_by, way_for


def blocks_in(folder: Path, text: str) -> list[Block]:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return list(blocks_of(path, folder))


def test_blocks_have_their_tag_line_and_text(tmp_path: Path) -> None:
    found = blocks_in(tmp_path, "# Page\n\n```sh\nmake\n```\n\n  ~~~python\n  x = 1\n  ~~~\n")
    assert found == [Block("page.md", 3, "sh", "make\n"), Block("page.md", 7, "python", "  x = 1\n")]


def test_block_without_an_end_does_not_escape(tmp_path: Path) -> None:
    assert [block.text for block in blocks_in(tmp_path, "```sh\nrm -rf /\n")] == ["rm -rf /\n"]


def test_shorter_fence_does_not_end_a_block(tmp_path: Path) -> None:
    assert [block.text for block in blocks_in(tmp_path, "````text\n```sh\n```\n````\n")] == ["```sh\n```\n"]


def test_commands_are_split_like_the_shell_does() -> None:
    block = Block("page.md", 1, "sh", "$ make run  # answers\n\n# nothing\nvoicecore call \\\n  'sip:a b'\n")
    assert commands_of(block) == [["make", "run"], ["voicecore", "call", "sip:a b"]]


def test_unknown_command_has_no_way() -> None:
    assert way_for(["launch-missiles"]) is None


def test_unknown_make_target_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        is_make_target(["make", "missiles"], root, tmp_path)


def test_failing_command_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        runs(["false"], root, tmp_path)


def test_promise_of_a_missing_test_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        shown_by("tests/unit/docs/test_blocks.py::test_" + "nowhere")(["make"], root, tmp_path)
