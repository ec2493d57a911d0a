"""The Python face over the built engine: what it does when the engine's queue is full."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.interop.phones.ports import ADDRESS, free_ports
from voicecore.errors import PortsExhausted, Unavailable
from voicecore.ids import LegId
from voicecore.media import _native
from voicecore.media.events import LegClosed, MediaEvent
from voicecore.media.native import NativeMediaEngine


class FullOnce:
    """The native engine, whose queue is full the first time that it is asked for `command`."""

    def __init__(self, engine: Any, command: str) -> None:
        self._engine = engine
        self._command = command

    def __getattr__(self, name: str) -> Any:
        if name == self._command:
            self._command = ""

            def full(*args: object, **kwargs: object) -> None:
                raise _native.QueueFull

            return full
        return getattr(self._engine, name)


@pytest.mark.real_time
async def test_a_legs_end_is_asked_for_again_when_the_queue_was_full() -> None:
    first = free_ports(2)
    engine = NativeMediaEngine((ADDRESS,), (first, first + 1), workers=1)
    closed = asyncio.get_running_loop().create_future()

    def listen(event: MediaEvent) -> None:
        if isinstance(event, LegClosed):
            closed.set_result(event.leg)

    try:
        engine.open_leg(LegId(7), listen)
        with pytest.raises(PortsExhausted):
            engine.open_leg(LegId(8), listen)
        engine._native = FullOnce(engine._native, "close_leg")  # type: ignore[assignment]
        engine.close_leg(LegId(7))
        async with asyncio.timeout(10):
            assert await closed == LegId(7)
    finally:
        engine.close()


@pytest.mark.real_time
async def test_another_command_that_finds_the_queue_full_says_so() -> None:
    first = free_ports(2)
    engine = NativeMediaEngine((ADDRESS,), (first, first + 1), workers=1)
    try:
        engine.open_leg(LegId(7), lambda event: None)
        engine._native = FullOnce(engine._native, "hear")  # type: ignore[assignment]
        with pytest.raises(Unavailable, match="overloaded"):
            engine.hear(LegId(7), [])
    finally:
        engine.close()
