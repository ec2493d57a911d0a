from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from voicecore.testing.virtual_loop import DAY_ONE, StalledError, VirtualTimeLoop

T = TypeVar("T")
SOON = 0.01
"""Real seconds after which the outside of the loop acts, in the tests that have one."""


def run(main: Coroutine[Any, Any, T], grace: float | None = None) -> T:
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(grace)) as runner:
        return runner.run(main)


def test_doubling_timers_fire_at_their_exact_times() -> None:
    async def retransmit() -> list[float]:
        fired, gap = [], 0.5
        while gap < 32:
            await asyncio.sleep(gap)
            fired.append(asyncio.get_running_loop().time())
            gap *= 2
        return fired

    assert run(retransmit()) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]


def test_tenths_of_a_second_do_not_drift() -> None:
    async def tick() -> float:
        for _ in range(1000):
            await asyncio.sleep(0.1)
        return asyncio.get_running_loop().time()

    assert run(tick()) == pytest.approx(100, abs=1e-9)


def test_time_stands_still_while_callbacks_run() -> None:
    async def work() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        before = loop.time()
        sum(range(100_000))
        await asyncio.sleep(0)
        return before, loop.time()

    before, after = run(work())
    assert before == after


def test_timeout_expires_without_waiting() -> None:
    async def wait() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert run(wait()) == 3600
    assert time.monotonic() - began < 3600


def test_job_in_a_thread_is_not_jumped_over() -> None:
    def answer() -> str:
        time.sleep(SOON)
        return "answer"

    async def ask() -> str:
        async with asyncio.timeout(3600):
            return await asyncio.to_thread(answer)

    assert run(ask()) == "answer"


def test_clock_jumps_again_when_the_job_is_done() -> None:
    async def ask_then_sleep() -> float:
        await asyncio.to_thread(lambda: None)
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert run(ask_then_sleep()) >= 3600


def test_new_thread_that_calls_in_is_not_jumped_over() -> None:
    async def wait_for_thread() -> float:
        loop, called = asyncio.get_running_loop(), asyncio.Event()

        def call_in() -> None:
            time.sleep(SOON)
            loop.call_soon_threadsafe(called.set)

        thread = threading.Thread(target=call_in)
        thread.start()
        async with asyncio.timeout(3600):
            await called.wait()
        thread.join()
        return loop.time()

    assert SOON / 2 < run(wait_for_thread()) < 3600


def test_thread_from_before_the_loop_can_wake_it() -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    started, called = threading.Event(), asyncio.Event()

    def call_in() -> None:
        started.wait()
        time.sleep(SOON)
        loops[0].call_soon_threadsafe(called.set)

    thread = threading.Thread(target=call_in)
    thread.start()

    async def wait_for_thread() -> bool:
        loops.append(asyncio.get_running_loop())
        started.set()
        return await called.wait()

    assert run(wait_for_thread())
    thread.join()


def test_watched_socket_is_not_jumped_over() -> None:
    async def receive() -> bytes:
        loop = asyncio.get_running_loop()
        near, far = socket.socketpair()
        with near, far:
            near.setblocking(False)
            sender = threading.Timer(SOON, far.send, [b"hello"])
            sender.start()
            async with asyncio.timeout(3600):
                received = await loop.sock_recv(near, 100)
            sender.join()
            return received

    assert run(receive()) == b"hello"


def test_clock_runs_with_the_wall_while_a_socket_is_watched() -> None:
    async def wait_beside_socket() -> float:
        loop = asyncio.get_running_loop()
        near, far = socket.socketpair()
        with near, far:
            loop.add_reader(near, lambda: None)
            await asyncio.sleep(SOON)
            loop.remove_reader(near)
            return loop.time()

    began = time.monotonic()
    assert run(wait_beside_socket()) >= SOON
    assert time.monotonic() - began >= SOON


def test_grace_jumps_when_a_watched_socket_keeps_silent() -> None:
    async def wait_beside_socket() -> float:
        loop = asyncio.get_running_loop()
        near, far = socket.socketpair()
        with near, far:
            loop.add_reader(near, lambda: None)
            await asyncio.sleep(3600)
            loop.remove_reader(near)
            return loop.time()

    assert run(wait_beside_socket(), grace=SOON) == 3600


def test_child_process_is_not_jumped_over() -> None:
    async def ask_child() -> bytes:
        async with asyncio.timeout(3600):
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "print('child')", stdout=asyncio.subprocess.PIPE
            )
            said, _ = await child.communicate()
            return said

    assert run(ask_child()) == b"child\n"


def test_waiting_for_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicecore.testing.virtual_loop.STALL_WAIT", SOON)

    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StalledError):
        run(wait())


def test_wall_clock_is_virtual_too() -> None:
    async def look_after_a_day() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        clock = loop.clock()
        await asyncio.sleep(86_400)
        return (clock.wall() - DAY_ONE).total_seconds()

    assert run(look_after_a_day()) == 86_400
