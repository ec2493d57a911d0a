from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from tools.phases import Phases, side_by_side


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_program_is_shown_by_its_lines_and_told_by_its_exit_code(tmp_path: Path) -> None:
    lines: list[str] = []
    phases = Phases()
    text = "import os, sys; print(os.getcwd()); print(os.environ['A'], file=sys.stderr); sys.exit(3)"
    assert phases.run("first", python(text), {"A": "b"}, tmp_path, lines.append) == 3
    assert sorted(lines) == sorted([f"{tmp_path}\n", "b\n"])


def test_without_a_reader_the_output_goes_where_ours_does(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert Phases().run("first", python("print('hello')"), {}, tmp_path) == 0
    assert capfdbinary.readouterr().out == b"hello\n"


def test_a_killed_program_has_failed(tmp_path: Path) -> None:
    text = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert Phases().run("first", python(text), {}, tmp_path) == -9


def test_who_is_interrupted_leaves_no_program_behind(tmp_path: Path) -> None:
    told: list[str] = []

    def take(line: str) -> None:
        told.append(line)
        raise KeyboardInterrupt

    text = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        Phases().run("first", python(text), {}, tmp_path, take)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told[0]), 0)


def test_the_table_counts_what_a_child_of_the_program_computed(tmp_path: Path) -> None:
    phases = Phases()
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    phases.run(
        "busy",
        python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"),
        {},
        tmp_path,
    )
    phases.run("idle", python(""), {}, tmp_path)
    busy, idle = phases.done
    assert (busy.name, idle.name) == ("busy", "idle")
    assert busy.cpu_s >= 0.2
    assert [line.split()[-1] for line in phases.table().splitlines()] == ["phase", "busy", "idle", "all"]


def test_lanes_run_at_the_same_time_and_answer_in_their_order() -> None:
    meeting = threading.Barrier(2, timeout=60)

    def lane(name: str) -> str:
        meeting.wait()  # passes only when both are there
        return name

    assert side_by_side(lambda: lane("a"), lambda: lane("b")) == ["a", "b"]


def test_what_a_lane_raises_is_raised_when_all_are_over() -> None:
    ended = threading.Event()

    def fails() -> None:
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        side_by_side(fails, ended.set)
    assert ended.is_set()
