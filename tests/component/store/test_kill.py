"""A process that writes records is killed with SIGKILL; what it was told is kept must be there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from voicecore.ids import CallId
from voicecore.store.records import CallEnd
from voicecore.store.sql import SqlCallStore

ROOT = Path(__file__).parents[3]

WRITER = """
import asyncio, sys
from tests.unit.store.records import begun, finished
from voicecore.store.sql import SqlCallStore

async def main(url):
    async with SqlCallStore.open(url) as store:
        await store.begin(begun("running"))
        for number in range(1000):
            name = f"ended{number:04}"
            await store.begin(begun(name))
            await store.finish(finished(name))
            print(name, flush=True)

asyncio.run(main(sys.argv[1]))
"""


def test_kept_records_survive_a_kill_and_the_unfinished_call_is_interrupted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/calls.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(3)]
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.read().split()
    assert writer.returncode == -signal.SIGKILL
    assert told[0] == "ended0000"

    async def reopen() -> None:
        async with SqlCallStore.open(url) as store:
            for name in told:
                file = await store.call(name)
                assert file is not None
                assert file.call.end is CallEnd.CALLER_HUNG_UP
                assert file.ladder
            running = await store.call("running")
            assert running is not None
            assert running.call.end is CallEnd.INTERRUPTED
            assert running.call.ended is None

    asyncio.run(reopen())


def test_a_running_writer_keeps_a_second_one_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/calls.db"

    async def both() -> None:
        async with SqlCallStore.open(url) as store:
            second = [sys.executable, "-c", WRITER, url]
            refused = await asyncio.to_thread(
                subprocess.run,
                second,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert "another program writes" in refused.stderr
            assert await store.call(CallId("running")) is None

    asyncio.run(both())
