"""`voicecore registrations`: who is registered, read from the store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.test_commands import run
from tests.unit.store.bindings import bound
from voicecore.store.bindings import BindingRecord
from voicecore.store.database import Database


@pytest.fixture(name="site")
def _site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(site: Path, *records: BindingRecord) -> None:
    (site / "var").mkdir()
    database = Database(site / "var" / "voicecore.db", query_only=False)
    database.migrate()
    database.change_bindings({one.id: one for one in records})
    database.close()


def fresh(id: str, **changes: str) -> BindingRecord:
    soon = datetime.now(UTC) + timedelta(hours=1)
    return replace(bound(id), expires=soon, **changes)  # type: ignore[arg-type]


def test_registered_phones_are_listed_by_account(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    over = bound("over", "sip:carol@example.org", seconds=-(10.0**9))
    keep(site, fresh("1", aor="sip:bob@example.org"), fresh("2"), over)
    assert run("registrations") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["account", "alice@example.org", "bob@example.org"]
    for part in ("<sip:alice@192.0.2.7>", "UDP", "192.0.2.7:5060", "Desk Phone"):
        assert part in lines[1]


def test_a_phone_cannot_drive_the_terminal(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, fresh("1", user_agent="\x1b[2J[red]phone"))
    assert run("registrations") == 0
    assert "\\x1b[2J[red]phone" in capsys.readouterr().out


def test_programs_get_json(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, fresh("1"))
    assert run("registrations", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["aor"], one["remote"], one["path"]) == ("sip:alice@example.org", "192.0.2.7:5060", [])


def test_nobody_registered_is_said(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site)
    assert run("registrations") == 0
    assert capsys.readouterr().out == "no phone is registered\n"


def test_before_the_first_start_it_says_what_to_do(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("registrations") == 2
    assert "voicecore serve" in capsys.readouterr().err


def test_check_shows_accounts_without_their_passwords(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "voicecore.toml").write_text(
        "[[account]]\nname = 'alice'\npassword = 'hunter2'\nnumbers = ['1001']\nallow = ['+44.']\n"
        "[[account]]\nname = 'bob'\npassword = 'hunter3'\n"
    )
    assert run("check", "--config", "voicecore.toml") == 0
    out = capsys.readouterr().out
    for part in ("realm voicecore, 2 accounts", "alice", "1001", "+44.", "this site only"):
        assert part in out
    assert "hunter" not in out
