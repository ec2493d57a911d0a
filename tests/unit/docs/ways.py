"""How each command of the documents is proved. A command that no line of WAYS knows fails the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Proof = Callable[[Sequence[str], Path, Path], None]
"""Called with the command's words, the checkout and a scratch folder; raises AssertionError."""


@dataclass(frozen=True, slots=True)
class Way:
    """Commands that begin with these words are proved like this. The first line that fits counts."""

    words: tuple[str, ...]
    proof: Proof


def is_make_target(words: Sequence[str], root: Path, scratch: Path) -> None:
    """The target exists, its recipe expands, and bare `make` lists it."""
    dry = subprocess.run(
        ["make", "--dry-run", *words[1:]], cwd=root, capture_output=True, text=True, check=False
    )
    assert dry.returncode == 0, dry.stderr
    listed = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True).stdout
    for target in (word for word in words[1:] if "=" not in word):
        assert any(line.split()[0] == target for line in listed.splitlines()), f"make does not list {target}"


def runs(words: Sequence[str], root: Path, scratch: Path) -> None:
    """The command is run in an empty folder, with the environment's programs on the path, and succeeds."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        words, cwd=scratch, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def shown_by(test: str) -> Proof:
    """The command needs a server or a phone: the test `file::name` runs it there, and must exist."""
    file, _, name = test.partition("::")

    def test_exists(words: Sequence[str], root: Path, scratch: Path) -> None:
        assert f"def {name}(" in (root / file).read_text(encoding="utf-8"), f"there is no test {test}"

    return test_exists


_COMMAND_LINE = "tests/interop/test_command_line.py"

_RECORDINGS = "tests/unit/cli/test_recordings.py"

_FIRST_FLOW = "tests/component/live/test_first_flow.py::test_every_step_of_the_page_does_what_it_says"

WAYS: tuple[Way, ...] = (
    Way(("make",), is_make_target),
    Way(("curl",), shown_by("tests/component/api/test_api_page.py::test_each_command_of_the_page_succeeds")),
    Way(("voicecore", "serve"), shown_by(f"{_COMMAND_LINE}::test_the_softphone_calls_and_the_call_is_kept")),
    Way(("voicecore", "call"), shown_by(f"{_COMMAND_LINE}::test_the_softphone_calls_and_the_call_is_kept")),
    Way(("voicecore", "calls"), shown_by(f"{_COMMAND_LINE}::test_the_softphone_calls_and_the_call_is_kept")),
    Way(
        ("voicecore", "recordings", "list"),
        shown_by(f"{_RECORDINGS}::test_recordings_are_listed_with_their_keys"),
    ),
    Way(
        ("voicecore", "recordings", "verify"),
        shown_by(f"{_RECORDINGS}::test_whole_recordings_pass"),
    ),
    Way(
        ("voicecore", "recordings", "export"),
        shown_by(f"{_RECORDINGS}::test_a_copy_needs_no_key"),
    ),
    Way(
        ("voicecore", "recordings", "rekey"),
        shown_by(f"{_RECORDINGS}::test_another_key_takes_the_place_of_the_first"),
    ),
    Way(
        ("voicecore", "recordings", "new-key"),
        shown_by(f"{_RECORDINGS}::test_another_key_takes_the_place_of_the_first"),
    ),
    Way(
        ("voicecore", "prompts", "list"),
        shown_by("tests/unit/cli/test_prompts.py::test_prompts_are_listed_with_their_sources"),
    ),
    Way(
        ("voicecore", "prompts", "check"),
        shown_by("tests/unit/cli/test_prompts.py::test_right_prompts_pass_the_check"),
    ),
    Way(
        ("voicecore", "prompts", "render"),
        shown_by("tests/unit/cli/test_prompts.py::test_what_is_fixed_is_rendered_once"),
    ),
    Way(
        ("voicecore", "registrations"),
        shown_by("tests/unit/cli/test_registrations.py::test_registered_phones_are_listed_by_account"),
    ),
    Way(("voicecore", "look"), shown_by(_FIRST_FLOW)),
    Way(("voicecore", "simulate"), shown_by(_FIRST_FLOW)),
    Way(("voicecore", "graph"), shown_by(_FIRST_FLOW)),
    Way(("voicecore", "replay"), shown_by(_FIRST_FLOW)),
    Way(("voicecore", "show"), shown_by(f"{_COMMAND_LINE}::test_the_softphone_calls_and_the_call_is_kept")),
    Way(("voicecore", "trunks"), shown_by("tests/unit/cli/test_trunks.py::test_a_report_is_shown")),
    Way(("voicecore", "doctor"), shown_by(f"{_COMMAND_LINE}::test_the_doctor_finds_nothing_wrong")),
    Way(
        (".venv/bin/python", "-m", "pip", "install", "--no-deps"),
        shown_by("tests/unit/tools/test_setup.py::test_every_package_of_the_extra_is_locked"),
    ),
    Way(
        (".venv/bin/python", "-m", "tests.bench.recognition"),
        shown_by("tests/unit/bench/test_recognition.py::test_a_table_is_made_of_recorded_words"),
    ),
    Way(("voicecore", "check"), shown_by(f"{_COMMAND_LINE}::test_the_check_says_what_it_understood")),
)


def way_for(words: Sequence[str]) -> Way | None:
    return next((way for way in WAYS if tuple(words[: len(way.words)]) == way.words), None)
