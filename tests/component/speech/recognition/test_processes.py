"""Processes of a recogniser that dies, hangs or talks nonsense; real ones, since that is what they do."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

import pytest

from voicecore.errors import Unavailable
from voicecore.speech.recognition import process
from voicecore.speech.recognition.breaker import FAILURES
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.pool import MOST_WAITING, ProcessPool, processes
from voicecore.speech.recognition.search import Search, SearchKind

pytestmark = [pytest.mark.real_time]

ENGINE = """
import os, sys, time
from voicecore.speech.recognition import worker
from voicecore.speech.recognition.engines.engine import Collected
from voicecore.speech.recognition.frame import Heard
class Engine:
    def begin(self, search, language):
        print("what an engine prints")
        return Collected(lambda samples: self.answer(search.phrases[0], samples))
    def answer(self, wish, samples):
        if wish == "die": os._exit(3)
        if wish == "hang": time.sleep(600)
        return Heard(f"{wish} {len(samples)} {os.getpid()}", 1.0)
worker.ENGINES["fake"] = lambda model: Engine()
sys.exit(worker.main(["fake"]))
"""
COMMAND = (sys.executable, "-c", ENGINE)


def told_to(wish: str) -> Search:
    return Search(SearchKind.PHRASES, (wish,))


async def ask(pool: ProcessPool, wish: str, samples: int = 80) -> Heard:
    spoken = pool.begin(told_to(wish), "en")
    spoken.send(bytes(2 * samples))
    return await spoken.end()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


async def ready_again(pool: ProcessPool) -> None:
    await until(lambda: any(one.is_ready for one in pool._processes))


@pytest.fixture(autouse=True)
def _quick_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "AGAIN_S", 0.01)


async def test_two_processes_share_the_utterances() -> None:
    async with processes("fake", COMMAND, 2) as pool:
        await pool.ready()
        await until(lambda: all(one.is_ready for one in pool._processes))
        first, second = await asyncio.gather(ask(pool, "echo", 160), ask(pool, "echo", 320))
        assert {first.text.split()[1], second.text.split()[1]} == {"160", "320"}
        assert first.text.split()[2] != second.text.split()[2]


async def test_a_process_that_dies_fails_its_utterances_and_is_started_anew() -> None:
    async with processes("fake", COMMAND) as pool:
        await pool.ready()
        before = (await ask(pool, "echo")).text
        with pytest.raises(Unavailable, match="ended"):
            await ask(pool, "die")
        await ready_again(pool)
        assert (await ask(pool, "echo")).text.split()[2] != before.split()[2]


async def test_a_process_that_hangs_is_replaced_when_its_time_is_over() -> None:
    async with processes("fake", COMMAND, answer_s=0.2) as pool:
        await pool.ready()
        with pytest.raises(Unavailable, match=r"within 0\.2 s"):
            await ask(pool, "hang")
        await ready_again(pool)
        pool.answer_s = 30.0
        assert (await ask(pool, "echo")).text.startswith("echo")


async def test_an_engine_that_always_dies_rests() -> None:
    async with processes("fake", COMMAND) as pool:
        await pool.ready()
        for _ in range(FAILURES):
            await ready_again(pool)
            with pytest.raises(Unavailable):
                await ask(pool, "die")
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable, match="rests"):
            pool.begin(told_to("echo"), "en")


async def test_more_utterances_than_a_process_takes_are_refused() -> None:
    async with processes("fake", COMMAND) as pool:
        await pool.ready()
        begun = [pool.begin(told_to("echo"), "en") for _ in range(MOST_WAITING)]
        with pytest.raises(Unavailable, match="too much to do"):
            pool.begin(told_to("echo"), "en")
        begun[0].drop()
        begun[0].drop()
        assert (await pool.begin(told_to("echo"), "en").end()).text.startswith("echo 0")
        for spoken in begun:
            spoken.drop()


async def test_a_program_that_is_no_recogniser_is_told_apart() -> None:
    for command in (("/nowhere/recogniser",), (sys.executable, "-c", "print('hello, I am not one')")):
        async with processes("fake", command) as pool:
            with pytest.raises(Unavailable):
                pool.begin(told_to("echo"), "en")
            await until(lambda: not pool.breaker.allows(0.0))


async def test_no_process_is_left_behind() -> None:
    async with processes("fake", COMMAND) as pool:
        await pool.ready()
        pid = int((await ask(pool, "echo")).text.split()[2])
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
