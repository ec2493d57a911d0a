"""A server with registered phones is killed with SIGKILL; after its restart the phones are still bound."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.unit.registrar.texts import ACCOUNTS, ALICE, RULES, SERVER
from voicecore.clock import Clock
from voicecore.registrar.persistence import keep, restore
from voicecore.registrar.registrar import Registrar
from voicecore.store.sql import SqlCallStore

ROOT = Path(__file__).parents[3]

PROGRAM = """
import asyncio, sys
from tests.unit.registrar.texts import Desk
from voicecore.clock import Clock
from voicecore.registrar.persistence import keep
from voicecore.store.sql import SqlCallStore

async def main(url):
    async with SqlCallStore.open(url) as store:
        desk = Desk()
        clock = Clock(lambda: desk.now)
        for number in range(5):
            desk.register(f"<sip:{number}@192.0.2.7>", call_id=str(number))
        desk.register("<sip:0@192.0.2.7>;expires=0", call_id="0")
        keep(desk.registrar.poll(), store.bindings, clock)
        while [one.contact for one in await store.bindings.bindings()].count("<sip:4@192.0.2.7>") == 0:
            await asyncio.sleep(0.01)
        print("kept", flush=True)
        await asyncio.sleep(600)

asyncio.run(main(sys.argv[1]))
"""


def test_registered_phones_survive_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/calls.db"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "kept\n"
        server.send_signal(signal.SIGKILL)
    assert server.returncode == -signal.SIGKILL

    async def serve_again() -> None:
        now = 5.0
        clock = Clock(lambda: now)
        async with SqlCallStore.open(url) as store:
            registrar = Registrar(RULES, ACCOUNTS, str)
            assert await restore(registrar, store.bindings, clock, now, [SERVER]) == []
            bound = registrar.lookup(ALICE, now)
            assert sorted(one.contact.uri.user or "" for one in bound) == ["1", "2", "3", "4"]
            registrar.handle_timer(now + 600)
            keep(registrar.poll(), store.bindings, clock)
        async with SqlCallStore.open(url) as store:
            assert await store.bindings.bindings() == []

    asyncio.run(serve_again())
