from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr_apps.main_menu import main
from voicecore.cli.commands import app
from voicecore.errors import Unavailable
from voicecore.store.records import CallFile
from voicecore.store.sql import SqlCallStore
from voicecore.testing.caller_script import parse_script
from voicecore.testing.simulation import simulate

REFERENCE = "ivr_apps.main_menu:main"


def kept(tmp_path: Path, file: CallFile) -> str:
    """The configuration of a store that holds this call alone."""

    async def keep() -> None:
        async with SqlCallStore.open(f"sqlite:///{tmp_path}/calls.db") as store:
            await store.finish(file)

    asyncio.run(keep())
    config = tmp_path / "voicecore.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/calls.db"\n')
    return str(config)


def a_call() -> CallFile:
    simulation = simulate(main, parse_script("hears main_menu\npress 3\nhears leave_message\nhangup"))
    call = replace(simulation.file.call, flow=REFERENCE)
    return replace(simulation.file, call=call, flow_journal=replace(simulation.journal, flow=REFERENCE))


def test_a_call_is_replayed_and_does_the_same(tmp_path: Path) -> None:
    config = kept(tmp_path, a_call())
    result = CliRunner().invoke(app, ["replay", "last", "--config", config])
    assert (result.exit_code, "the flow does what it did" in result.output) == (0, True)


def test_another_flow_departs_and_the_step_is_named(tmp_path: Path) -> None:
    config = kept(tmp_path, a_call())
    other = "ivr_apps.diagnostics:answer_and_hang_up"
    result = CliRunner().invoke(app, ["replay", "last", "--config", config, "--flow", other])
    assert result.exit_code == 1
    assert "the flow departs at step 2" in result.output


def test_a_call_becomes_a_test(tmp_path: Path) -> None:
    config, test = kept(tmp_path, a_call()), tmp_path / "test_it.py"
    result = CliRunner().invoke(app, ["replay", "last", "--config", config, "--test", str(test)])
    assert result.exit_code == 0
    assert "def test_call_" in test.read_text()


def test_a_call_without_a_flow_is_not_replayed(tmp_path: Path) -> None:
    config = kept(tmp_path, replace(a_call(), flow_journal=None))
    with pytest.raises(Unavailable, match="no flow ran"):
        CliRunner().invoke(app, ["replay", "last", "--config", config], catch_exceptions=False)


def test_the_journal_is_shown_with_the_call(tmp_path: Path) -> None:
    config = kept(tmp_path, a_call())
    result = CliRunner().invoke(app, ["show", "last", "--config", config])
    assert "Flow ivr_apps.main_menu:main" in result.output
    assert "options='1 2 3 0'" in result.output
