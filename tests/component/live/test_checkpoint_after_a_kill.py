"""A server that is killed in the middle of a call: the same caller's next call goes on at the checkpoint."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.component.live.noisy_site import site
from tests.component.live.serving import PATIENCE_S, run, serving
from voicecore.store.flow_journal import FlowJournal
from voicecore.store.sql import SqlCallReader

FLOW = """
from dataclasses import dataclass

from voicecore.ivr import Call


@dataclass(frozen=True)
class Place:
    name: str


async def main(call: Call) -> None:
    await call.answer()
    place = await call.resumed(Place)
    if place is not None:
        await call.play(place.name)
        return
    await call.play("alpha")
    await call.checkpoint(Place("bravo"))
    await call.play("charlie")
    await call.wait(60)
"""
CALLER = "[sip]\nidentity = 'sip:anna@127.0.0.1'\n"


def words(folder: Path, script: str, port: int) -> tuple[str, ...]:
    (folder / "caller.txt").write_text(script)
    uri = f"sip:100@127.0.0.1:{port}"
    return ("simulate", "100", "caller.txt", "--config", "caller.toml", "--live", uri)


def wait_for_checkpoint(folder: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    with closing(sqlite3.connect(folder / "calls.db")) as database:
        while not database.execute("SELECT count(*) FROM checkpoints").fetchone()[0]:
            assert time.monotonic() < end
            time.sleep(0.05)


async def newest(folder: Path) -> FlowJournal:
    async with SqlCallReader.open(f"sqlite:///{folder}/calls.db") as reader:
        return (await reader.journals("place_flow:main"))[0]


def test_the_next_call_goes_on_where_the_killed_one_was(tmp_path: Path) -> None:
    (tmp_path / "place_flow.py").write_text(FLOW)
    number = '[[number]]\nmatch = "100"\nflow = "place_flow:main"\n'
    config, port = site(tmp_path, ("alpha", "bravo", "charlie", "apology"), number)
    own = config.read_text().replace("[sip]\n", CALLER)
    (tmp_path / "caller.toml").write_text(own)
    caller = [sys.executable, "-m", "voicecore", *words(tmp_path, "hears alpha\nsilence 50\n", port)]
    with serving(tmp_path, dies=True):
        calling = subprocess.Popen(caller, cwd=tmp_path, stdout=subprocess.DEVNULL)
        wait_for_checkpoint(tmp_path)
    calling.kill()
    calling.wait(30)
    with serving(tmp_path):
        run(tmp_path, *words(tmp_path, "hears bravo\nends\n", port))
    journal = asyncio.run(newest(tmp_path))
    assert [step.verb for step in journal.steps] == ["answer", "resumed", "play"]
    assert journal.steps[1].outcome == "Place"
