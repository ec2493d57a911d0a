"""The command line as its users meet it, against a running server: what does something in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.phones import sound
from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.server import Server
from voicecore.cli import commands


def voicecore(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "voicecore", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def says(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """The exit status of a command that ends before it does anything, run here: a process takes seconds to begin."""
    monkeypatch.setattr(sys, "argv", ["voicecore", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        commands.run()
    return end.value.code if isinstance(end.value.code, int) else 0


def test_the_softphone_calls_and_the_call_is_kept(server: Server, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    uri = server.uri("1000")
    done = voicecore("call", uri, "--dtmf", "ww1", "--record", heard, "--seconds", "4", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "answered" in done.stderr
    match = sound.find(server.prompt("welcome"), sound.read_wav(heard))
    assert match.correlation >= 0.99
    server.new_calls(0)

    listed = voicecore("calls", "--config", server.config, folder=tmp_path)
    assert listed.returncode == 0
    assert "1000" in listed.stdout
    shown = voicecore("show", "last", "--config", server.config, folder=tmp_path)
    for expected in (
        "INVITE (SDP)",
        "100 Trying",
        "200 OK (SDP)",
        "ACK",
        "BYE",
        "caller hung up",
        "-call-1.wav",
    ):
        assert expected in shown.stdout
    drawn = voicecore(
        *("show", "last", "--pcapng", "call.pcapng", "--svg", "call.svg", "--config", server.config),
        folder=tmp_path,
    )
    assert drawn.returncode == 0, drawn.stderr
    assert b"INVITE sip:1000@" in (tmp_path / "call.pcapng").read_bytes()
    assert "INVITE" in (tmp_path / "call.svg").read_text(encoding="utf-8")
    file = json.loads(voicecore("show", "last", "--json", "--config", server.config, folder=tmp_path).stdout)
    recording = Path(file["recordings"][0]["path"])
    assert recording.is_file()


def test_a_call_to_an_unknown_number_says_why(server: Server, tmp_path: Path) -> None:
    done = voicecore("call", server.uri("4711"), "--seconds", "3", folder=tmp_path)
    assert done.returncode == 1
    assert "404" in done.stderr


def test_the_doctor_finds_nothing_wrong(server: Server, tmp_path: Path) -> None:
    port = free_ports(4)
    text = server.config.read_text(encoding="utf-8")
    config = tmp_path / "voicecore.toml"
    text = re.sub(r"(udp|tcp)://[^\"]*", rf"\1://{ADDRESS}:{port}", text)
    config.write_text(re.sub(r"ws://[^\"]*", f"ws://{ADDRESS}:{port + 1}", text), encoding="utf-8")
    done = voicecore("doctor", "--config", config, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_says_what_it_understood(server: Server, tmp_path: Path) -> None:
    done = voicecore("check", "--config", server.config, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "configuration is right" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[sip]", "[sip", "voicecore.toml:1:"),
        ('flow = "ivr_apps.main_menu:main"', 'flow = "ivr_apps.main_menu:mian"', "main"),
        ('flow = "ivr_apps.main_menu:main"', 'flow = "nowhere.at_all:main"', "nowhere"),
        ("workers = 2", "workers = -2", "media.workers"),
        ("[media]", "[medai]", "medai"),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_wrong_configuration_is_one_clear_line(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    old: str,
    new: str,
    said: str,
) -> None:
    config = tmp_path / "voicecore.toml"
    config.write_text(server.config.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert says(monkeypatch, command, "--config", config) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_one_clear_line(server: Server, tmp_path: Path) -> None:
    text = server.config.read_text(encoding="utf-8").replace("voicecore.db", "other.db")
    config = tmp_path / "voicecore.toml"
    config.write_text(text, encoding="utf-8")
    done = voicecore("serve", "--config", config, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("voicecore: udp://")
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_server_on_one_database_is_one_clear_line(server: Server, tmp_path: Path) -> None:
    done = voicecore("serve", "--config", server.config, folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "check", "doctor", "call", "calls", "show"])
def test_help_has_examples(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert says(monkeypatch, command, "--help") == 0
    told = capsys.readouterr().out
    assert f"voicecore {command}" in told
    assert "--config" in told
