from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from voicecore.__main__ import app

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
