from __future__ import annotations

import sys

import pytest

from tools import check
from tools.check import Step


def step(name: str, code: int = 0) -> Step:
    return Step(name, (sys.executable, "-c", f"print('{name} says'); raise SystemExit({code})"))


def test_every_step_runs_and_the_table_tells_what_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([step("one"), step("two")], [step("three")]) == 0
    said = capsys.readouterr().out
    for name in ("one", "two", "three"):
        assert f"--- {name}\n{name} says\n    ok\n" in said
    lines = said.splitlines()
    assert {line.split()[-1] for line in lines[-5:-1]} == {"one", "two", "three", "all"}
    assert lines[-1] == "check: all 3 steps hold"


def test_a_step_that_fails_stops_no_other_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([step("one", 1), step("two")], [step("three", 2)]) == 1
    said = capsys.readouterr().out
    assert "--- one\none says\n    FAILED\n" in said
    assert "--- two\ntwo says\n    ok\n" in said
    assert said.endswith("check: one, three failed\n")
