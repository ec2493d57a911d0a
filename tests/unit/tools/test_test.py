from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import test as program

ROOT = Path(__file__).resolve().parents[3]


def saying(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({text!r}, flush=True); raise SystemExit({code})"]


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 0), (0, 1)])
def test_both_runs_must_succeed_and_both_are_heard(
    capfdbinary: pytest.CaptureFixture[bytes], one: int, other: int
) -> None:
    assert program.side_by_side(saying("first", one), saying("second", other)) is (one == other == 0)
    assert capfdbinary.readouterr().out.split() == [b"first", b"second"]


def test_no_folder_of_tests_is_left_out() -> None:
    folders = {f"tests/{file.parent.name}" for file in ROOT.glob("tests/*/*") if file.name != "__pycache__"}
    with_tests = {folder for folder in folders if any((ROOT / folder).rglob("test_*.py"))}
    run = {word for word in (*program.WITH_PHONES, *program.THE_REST) if word.startswith("tests/")}
    assert run == with_tests
