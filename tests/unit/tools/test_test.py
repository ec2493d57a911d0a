from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import test as program

ROOT = Path(__file__).resolve().parents[3]


def saying(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({text!r}, flush=True); raise SystemExit({code})"]


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 0), (0, 1)])
def test_both_runs_are_told_of_and_both_are_heard(
    capfdbinary: pytest.CaptureFixture[bytes], one: int, other: int
) -> None:
    assert program.side_by_side(saying("first", one), saying("second", other)) == (one, other)
    assert capfdbinary.readouterr().out.split() == [b"first", b"second"]


def test_no_folder_of_tests_is_left_out_and_what_one_run_leaves_the_other_takes() -> None:
    folders = {f"tests/{file.parent.name}" for file in ROOT.glob("tests/*/*") if file.name != "__pycache__"}
    with_tests = {folder for folder in folders if any((ROOT / folder).rglob("test_*.py"))}
    left = {word.removeprefix("--ignore=") for word in program.WITH_PHONES if word.startswith("--ignore=")}
    run = {word for word in (*program.WITH_PHONES, *program.THE_REST) if word.startswith("tests/")}
    assert run - left == with_tests
    assert left <= set(program.THE_REST)
    assert all((ROOT / path).is_file() for path in left)


@pytest.mark.parametrize(
    ("failed", "again"),
    [
        (["tests/interop/test_a.py::test_b[c]"], True),
        (["tests/interop/test_a.py::test_b", "tests/component/media/test_c.py::test_d"], True),
        ([f"tests/interop/test_a.py::test_{number}" for number in range(program.MOST_AGAIN + 1)], False),
        (["tests/interop/test_a.py::test_b", "tests/unit/test_c.py::test_d"], False),
        ([], False),
    ],
)
def test_only_a_few_and_only_those_in_real_time_run_again(failed: list[str], again: bool) -> None:
    assert program.worth_a_second_run(failed) is again


@pytest.mark.parametrize("passes", [True, False])
def test_what_failed_is_found_and_judged_again(tmp_path: Path, passes: bool) -> None:
    """The second run of the test finds the file that the first one left, or not."""
    test, cache = tmp_path / "test_it.py", tmp_path / "cache"
    test.write_text(
        "from pathlib import Path\n"
        "def test_it():\n"
        "    left = Path(__file__).with_name('left')\n"
        f"    there = left.exists() and {passes}\n"
        "    left.touch()\n"
        "    assert there\n"
    )
    code, _ = program.side_by_side(
        program.pytest(cache, "-q", "-c", "/dev/null", str(test)), saying("nothing")
    )
    assert code == program.TESTS_FAILED
    failed = program.failed_in(cache)
    assert [name.rpartition("::")[2] for name in failed] == ["test_it"]
    assert program.passes_alone([str(test)], tmp_path / "alone") is passes


def test_a_run_that_wrote_nothing_down_failed_nothing(tmp_path: Path) -> None:
    assert program.failed_in(tmp_path) == []
