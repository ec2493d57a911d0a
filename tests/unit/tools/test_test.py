from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import test as program
from tools.phases import Phases
from tools.test import Lane, Outcome, Run, Voice

ROOT = Path(__file__).resolve().parents[3]
LANES = [lane for stage in program.STAGES for lane in stage]
LEAVES_SOMETHING = """
from pathlib import Path
def test_it():
    left = Path(__file__).with_name('left')
    there = left.exists() and {passes}
    left.touch()
    assert there
"""


def saying(text: str, code: int = 0) -> Run:
    return Run(text, command=(sys.executable, "-c", f"print({text!r}, flush=True); raise SystemExit({code})"))


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 0), (0, 1)])
def test_every_lane_runs_and_each_line_has_its_name(
    capsys: pytest.CaptureFixture[str], one: int, other: int
) -> None:
    lanes = [Lane((saying("first", one), saying("second"))), Lane((saying("third", other),))]
    assert program.main([lanes[:1], lanes[1:]]) == program.main([lanes]) == (one or other)
    lines = capsys.readouterr().out.splitlines()
    assert {"   first | first", "  second | second", "   third | third"} <= set(lines)
    assert [line.split()[2] for line in lines[-5:-1]][-1] == "all"
    wrong = "first" if one else "third"
    assert lines[-1] == (f"test: failed in {wrong}" if one or other else "test: all passed")


def test_a_report_of_failures_comes_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    voice = Voice("logic")
    for line in ("test_a.py F\n", "===== FAILURES =====\n", "why\n"):
        voice.take(line)
    assert capsys.readouterr().out == "   logic | test_a.py F\n"
    voice.end()
    assert capsys.readouterr().out == "===== FAILURES =====\nwhy\n"


def files_of(run: Run) -> set[Path]:
    """The files of tests that pytest finds for it."""
    left = {ROOT / word.removeprefix("--ignore=") for word in run.tests if word.startswith("--ignore=")}
    asked = [ROOT / word for word in run.tests if not word.startswith("--ignore=")]
    assert all(path.exists() for path in (*asked, *left))
    found = {file for path in asked for file in (path.rglob("test_*.py") if path.is_dir() else (path,))}
    return found - left


def test_every_file_of_tests_is_in_one_lane_and_in_one_only() -> None:
    files = [file for lane in LANES for run in lane.runs for file in files_of(run)]
    assert sorted(files) == sorted((ROOT / "tests").rglob("test_*.py"))


def test_nothing_that_only_computes_runs_beside_what_keeps_real_time() -> None:
    for stage in program.STAGES:
        in_real_time = {
            str(file.relative_to(ROOT)).startswith(program.IN_REAL_TIME)
            for lane in stage
            for run in lane.runs
            for file in files_of(run)
        }
        assert len(in_real_time) == 1


def of_pytest(*failed: str, code: int = program.TESTS_FAILED) -> Outcome:
    return Outcome(Run("some"), code, failed)


@pytest.mark.parametrize(
    ("outcomes", "again"),
    [
        ([of_pytest("tests/interop/test_a.py::test_b[c]")], True),
        ([of_pytest("tests/interop/test_a.py::test_b"), of_pytest("tests/component/media/test_c.py::test_d")], True),
        ([of_pytest("tests/interop/test_a.py::test_b"), of_pytest(code=0)], True),
        ([of_pytest("tests/interop/test_a.py::test_b"), of_pytest(code=101)], False),
        ([of_pytest("tests/interop/test_a.py::test_b", code=2)], False),
        ([of_pytest(*(f"tests/interop/test_a.py::test_{n}" for n in range(program.MOST_AGAIN + 1)))], False),
        ([of_pytest("tests/interop/test_a.py::test_b"), of_pytest("tests/unit/test_c.py::test_d")], False),
        ([of_pytest(code=0)], False),
    ],
)  # fmt: skip
def test_only_a_few_and_only_those_in_real_time_run_again(outcomes: list[Outcome], again: bool) -> None:
    assert program.worth_a_second_run(outcomes) is again


@pytest.mark.parametrize("passes", [True, False])
def test_what_failed_is_found_and_judged_again(tmp_path: Path, passes: bool) -> None:
    """The second run of the test finds the file that the first one left, or not."""
    test = tmp_path / "test_it.py"
    test.write_text(LEAVES_SOMETHING.format(passes=passes), encoding="utf-8")
    run, phases = Run("some", ("-q", "-c", "/dev/null", str(test))), Phases()
    (outcome,) = program.take_lane(Lane((run,)), tmp_path, phases)
    assert outcome.code == program.TESTS_FAILED
    assert [name.rpartition("::")[2] for name in outcome.failed] == ["test_it"]
    assert program.passes_alone([str(test)], tmp_path / "alone", phases) is passes
    assert [phase.name for phase in phases.done] == ["some", "alone"]


def test_who_failed_again_is_named_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = "tests/interop/test_a.py::test_bad", "tests/interop/test_a.py::test_good"
    monkeypatch.setattr(program, "failed_in", lambda cache: (bad,))
    monkeypatch.setattr(Phases, "run", lambda *of, **more: program.TESTS_FAILED)
    assert not program.passes_alone([bad, good], tmp_path, Phases())
    _, again, passed = capsys.readouterr().out.strip().split("\n\n")
    assert again.splitlines() == ["Failed again alone, after a failure on a busy machine:", f"  {bad}"]
    assert passed.splitlines() == ["Passed alone, after a failure on a busy machine:", f"  {good}"]


def test_a_run_that_wrote_nothing_down_failed_nothing(tmp_path: Path) -> None:
    assert program.failed_in(tmp_path) == ()
