"""`voicecore trunks`, with the report that a running server writes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.test_commands import CONFIGURED, run
from voicecore.store.live_file import LiveFile
from voicecore.trunks.status import (
    REPORT,
    RegistrationStatus,
    ServerStatus,
    TrunkReport,
    TrunkState,
    TrunkStatus,
)

CONFIG = '[[trunk]]\nname = "carrier"\nservers = ["sip:sbc.example.net"]\n'
NOW = datetime.now(UTC)
UP = TrunkStatus(
    "carrier",
    TrunkState.UP,
    NOW - timedelta(hours=1),
    (ServerStatus("sip:sbc.example.net", "up", NOW, 200, 12.5),),
    RegistrationStatus("sip:1@example.net", "registered", NOW + timedelta(hours=9), 200),
    inbound=3,
    outbound=4,
    refused=5,
)


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveFile:
    """Where the server of this folder's configuration tells."""
    (tmp_path / "var").mkdir()
    (tmp_path / "voicecore.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return LiveFile.beside("sqlite:///var/voicecore.db", REPORT)


def test_a_report_is_shown(live: LiveFile, capsys: pytest.CaptureFixture[str]) -> None:
    live.write(TrunkReport(datetime.now(UTC), (UP,)).to_json())
    assert run("trunks", *CONFIGURED) == 0
    out = capsys.readouterr().out
    for part in ("carrier", "up", "registered until", "sip:sbc.example.net", "12.5 ms", "3", "4", "5"):
        assert part in out
    assert "may have ended" not in out


def test_a_trunk_that_is_down_is_exit_status_1(live: LiveFile, capsys: pytest.CaptureFixture[str]) -> None:
    registration = RegistrationStatus("sip:1@example.net", "backing off", None, 403)
    live.write(
        TrunkReport(
            datetime.now(UTC), (replace(UP, state=TrunkState.DOWN, registration=registration),)
        ).to_json()
    )
    assert run("trunks", *CONFIGURED) == 1
    out = capsys.readouterr().out
    assert "down" in out
    assert "backing off (403)" in out


def test_an_old_report_is_told_to_be_old(live: LiveFile, capsys: pytest.CaptureFixture[str]) -> None:
    live.write(TrunkReport(datetime.now(UTC) - timedelta(minutes=5), (UP,)).to_json())
    run("trunks", *CONFIGURED)
    assert "the server may have ended" in capsys.readouterr().out


def test_json_is_the_report(live: LiveFile, capsys: pytest.CaptureFixture[str]) -> None:
    report = TrunkReport(datetime.now(UTC), (UP,))
    live.write(report.to_json())
    assert run("trunks", *CONFIGURED, "--json") == 0
    out = capsys.readouterr().out
    assert json.loads(out)["trunks"][0]["servers"][0]["round_trip_ms"] == 12.5
    assert TrunkReport.from_json(out) == report


def test_without_a_server_it_says_what_to_do(live: LiveFile, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("trunks", *CONFIGURED) == 2
    assert "voicecore serve" in capsys.readouterr().err


def test_without_trunks_it_says_so(live: LiveFile, capsys: pytest.CaptureFixture[str]) -> None:
    Path("voicecore.toml").write_text("")
    assert run("trunks", *CONFIGURED) == 0
    assert "docs/trunks.md" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"written": 1, "trunks": []}', "[" * 100_000])
def test_a_report_that_is_none_is_one_line(
    live: LiveFile, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    live.write(text)
    assert run("trunks", *CONFIGURED) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_server_that_ends_takes_its_report_along(live: LiveFile) -> None:
    live.write("x")
    live.remove()
    live.remove()
    assert live.read() is None


def test_check_tells_whom_a_trunk_may_call(live: LiveFile, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONFIG + '[trunk.inbound]\naddresses = ["192.0.2.0/24"]\n'
    Path("voicecore.toml").write_text(text)
    assert run("check", *CONFIGURED) == 0
    out = capsys.readouterr().out
    for part in ("sip:sbc.example.net", "192.0.2.0/24", "nobody"):
        assert part in out
