from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicecore.cli.commands import app
from voicecore.errors import Unavailable

MENU = "hears main_menu\nsilence 4\npress 3\nhears leave_message\nends"


def simulate(tmp_path: Path, script: str, flow: str = "1000") -> tuple[int, str]:
    file = tmp_path / "caller.txt"
    file.write_text(script)
    result = CliRunner().invoke(app, ["simulate", flow, str(file)])
    return result.exit_code, result.output


def test_a_script_that_is_met_is_a_success_and_shows_the_words(tmp_path: Path) -> None:
    status, output = simulate(tmp_path, MENU)
    assert status == 0
    assert "Please leave your message after the tone." in output
    assert "presses 3" in output


def test_what_does_not_come_is_a_failure_with_file_and_line(tmp_path: Path) -> None:
    status, output = simulate(tmp_path, "hears main_menu\nhears nothing_such within 2")
    assert status == 1
    assert "caller.txt:2: nothing_such is not heard within 2 s" in output


def test_a_flow_that_fails_is_a_failure_with_its_traceback(tmp_path: Path) -> None:
    status, output = simulate(tmp_path, "ends", "ivr_apps.diagnostics:bridge")
    assert status == 1
    assert "TypeError" in output


def test_a_flow_that_cannot_be_imported_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "broken_flow.py").write_text("import os\nos.no_such\n")
    (tmp_path / "caller.txt").write_text("ends")
    arguments = ["simulate", "broken_flow:main", str(tmp_path / "caller.txt")]
    with pytest.raises(Unavailable, match=r"broken_flow.py:2: AttributeError"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_a_flow_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "caller.txt").write_text("ends")
    with pytest.raises(Unavailable, match="no number of the configuration is 4711"):
        CliRunner().invoke(app, ["simulate", "4711", str(tmp_path / "caller.txt")], catch_exceptions=False)
