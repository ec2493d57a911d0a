"""The commands as an operator runs them: arguments in; output, errors and exit status out."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.store.records import begun, finished
from voicecore.cli import commands
from voicecore.cli.commands import COMMANDS
from voicecore.ids import CallId
from voicecore.store.database import Database
from voicecore.store.records import CallFile

CONFIG = """
[sip]
listen = ["udp://127.0.0.1:{port}"]
[media]
ports = [20000, 20019]
[[number]]
match = "1000"
flow = "{flow}:anything"
args = {{ greeting = "[red]hello" }}
"""


@pytest.fixture(name="site")
def _site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and a flow, which is the working directory."""
    flow = f"site_of_{tmp_path.name}"
    (tmp_path / f"{flow}.py").write_text("async def anything(call, **args): ...\n")
    (tmp_path / "voicecore.toml").write_text(CONFIG.format(port=free_port(), flow=flow))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*arguments: str) -> int:
    """The exit status of `voicecore` with these arguments."""
    before = sys.argv
    sys.argv = ["voicecore", *arguments]
    try:
        with pytest.raises(SystemExit) as stop:
            commands.run()
    finally:
        sys.argv = before
    code = stop.value.code
    return code if isinstance(code, int) else 0


def keep(site: Path, *kept: CallFile) -> None:
    (site / "var").mkdir(exist_ok=True)
    database = Database(site / "var" / "voicecore.db", query_only=False)
    database.migrate()
    database.write([begun("1running")], kept)
    database.close()


CONFIGURED = ("--config", "voicecore.toml")


@pytest.mark.parametrize("command", [command.__name__ for command in COMMANDS])
def test_every_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, "--help") == 0
    out = capsys.readouterr().out
    assert f"voicecore {command}" in out.split("Examples")[1]
    assert "--config" in out


def test_check_shows_how_a_right_configuration_was_understood(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", *CONFIGURED) == 0
    out = capsys.readouterr().out
    assert "configuration is right" in out
    assert "ports 20000 to 20019" in out
    assert "[red]hello" in out


def test_check_gives_each_fault_a_line_and_status_2(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "bad.toml").write_text("[media]\nworkers = -1\nports = [2, 1]\n")
    assert run("check", "--config", "bad.toml") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(" ")[0] for line in err.splitlines()] == ["bad.toml:2:", "bad.toml:3:"]


def test_calls_lists_the_newest_first(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, finished("1a"), finished("1b"))
    assert run("calls", *CONFIGURED) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["call", "1running", "1b", "1a"]
    assert "1:00" in lines[2]
    assert "caller hung up" in lines[2]


def test_calls_prints_json_for_programs(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, finished("1a"))
    assert run("calls", *CONFIGURED, "--json", "--limit", "1") == 0
    (call,) = json.loads(capsys.readouterr().out)
    assert (call["id"], call["end"]) == ("1running", None)


def test_calls_before_the_first_start_says_what_to_do(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("calls", *CONFIGURED) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "voicecore serve" in line


def test_show_tells_all_of_a_call(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, finished("1a"))
    assert run("show", "1a", *CONFIGURED) == 0
    out = capsys.readouterr().out
    for part in ("sip:alice@192.0.2.7", "packets received", "2999", "digit", "var/a.wav", "- INVITE -"):
        assert part in out
    assert "--- 2026" not in out


def test_show_prints_the_sip_messages_when_asked_and_no_control_character_of_theirs(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = finished("1a")
    keep(
        site, replace(file, ladder=(replace(file.ladder[0], text=b"INVITE sip:a SIP/2.0\r\nX: \x1b[2J\r\n"),))
    )
    assert run("show", "1a", "--sip", *CONFIGURED) == 0
    out = capsys.readouterr().out
    assert "X: \\x1b[2J" in out
    assert "\x1b" not in out


def test_show_writes_the_messages_for_wireshark_and_the_ladder_as_a_picture(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(site, finished("1a"))
    assert run("show", "1a", "--pcapng", "call.pcapng", "--svg", "call.svg", *CONFIGURED) == 0
    assert capsys.readouterr().out == ""
    capture, picture = (site / "call.pcapng").read_bytes(), (site / "call.svg").read_text()
    assert capture.startswith(b"\x0a\x0d\x0d\x0a")
    assert b"INVITE" in capture
    assert picture.startswith("<svg")
    assert "192.0.2.7:5060" in picture
    assert "url(http" not in picture


def test_show_says_which_file_cannot_be_written(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, finished("1a"))
    assert run("show", "1a", "--pcapng", "nowhere/call.pcapng", *CONFIGURED) == 2
    assert "cannot write nowhere/call.pcapng" in capsys.readouterr().err


def test_show_hides_secrets_that_an_older_version_kept(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = b'INVITE sip:a SIP/2.0\r\nAuthorization: Digest response="6629fae4"\r\n\r\n'
    file = finished("1a")
    keep(site, replace(file, ladder=(replace(file.ladder[0], text=text),)))
    for option in ("--sip", "--json"):
        assert run("show", "1a", option, *CONFIGURED) == 0
        out = capsys.readouterr().out
        assert "********" in out
        assert "6629fae4" not in out


def test_show_last_means_the_newest_call(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, finished("2"))
    assert run("show", "last", "--json", *CONFIGURED) == 0
    assert json.loads(capsys.readouterr().out)["call"]["id"] == "2"


def test_show_of_a_prefix_of_several_calls_lists_them(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, finished("1a"))
    assert run("show", "1", *CONFIGURED) == 2
    out, err = capsys.readouterr()
    assert "more than one call" in err
    assert "1a" in out


def test_show_of_no_call_says_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site)
    assert run("show", "9", *CONFIGURED) == 2
    assert "no call 9" in capsys.readouterr().err


def test_show_holds_the_traceback_of_a_flow_that_failed(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = finished("1a")
    keep(site, replace(file, call=replace(file.call, traceback="Traceback\n  ZeroDivisionError: 1 / 0\n")))
    run("show", "1a", *CONFIGURED)
    assert "ZeroDivisionError: 1 / 0" in capsys.readouterr().out


def test_a_database_that_is_broken_is_one_line_and_status_2(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "var").mkdir()
    (site / "var" / "voicecore.db").write_text("no database at all, whatever its name says" * 99)
    assert run("calls", *CONFIGURED) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "not a database" in line


def test_doctor_names_what_fails_and_what_to_do(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (site / "voicecore.toml").read_text().replace(":anything", ":nothing")
    (site / "voicecore.toml").write_text(text)
    assert run("doctor", *CONFIGURED) == 1
    out = capsys.readouterr().out
    assert "Did you mean anything?" in out
    assert "of 10 pairs" in out


def test_reading_calls_leaves_a_running_call_alone(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site)
    run("show", "1running", *CONFIGURED)
    assert "running" in capsys.readouterr().out
    database = Database(site / "var" / "voicecore.db", query_only=True)
    file = database.file(CallId("1running"))
    database.close()
    assert file is not None
    assert file.call.end is None
