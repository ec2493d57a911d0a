from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import uvloop

from voicecore.sip.hop import Address, Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import Failed, Heard, Output, Transmit
from voicecore.sip.uri import Uri
from voicecore.testing.simulated_wire import new_stack
from voicecore.transport.sip_runner import SipRunner

HERE, THERE = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
OPTIONS = (
    b"OPTIONS sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:x@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


async def test_timers_fire_when_they_are_due() -> None:
    outputs: list[tuple[float, Output]] = []
    loop = asyncio.get_running_loop()
    runner = SipRunner(new_stack("a"), lambda data, hop: None, lambda out: outputs.append((loop.time(), out)))
    hop = Hop("UDP", HERE, THERE)
    runner.invite(Uri.parse("sip:x@192.0.2.2"), hop, from_=NameAddr.parse("<sip:a@b>"), sdp=b"v=0\r\n")
    await asyncio.sleep(40)
    runner.close()
    sent = [round(at, 3) for at, output in outputs if isinstance(output, Transmit)]
    assert sent[:4] == [0.0, 0.5, 1.5, 3.5]
    assert [round(at, 3) for at, output in outputs if isinstance(output, Failed)] == [32.0]


async def test_one_outputs_fault_does_not_lose_the_others() -> None:
    sent: list[bytes] = []

    def handle(output: Output) -> None:
        if isinstance(output, Heard):
            raise RuntimeError("a bug in one call")

    runner = SipRunner(new_stack("a"), lambda data, hop: sent.append(data), handle)
    runner.receive(OPTIONS, Hop("UDP", HERE, THERE))
    runner.close()
    assert sent[0].startswith(b"SIP/2.0 200 OK")


class Late:
    """A loop that was busy for a minute: every timer is due already."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def time(self) -> float:
        return self._loop.time()

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.Handle:
        return self._loop.call_at(when - 60, callback)


def test_uvloop_arms_a_timer_that_is_due_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvloop gives no TimerHandle for a time that has passed; the next datagram must not stumble over it."""

    async def body() -> list[bytes]:
        sent: list[bytes] = []
        runner = SipRunner(new_stack("a"), lambda data, hop: sent.append(data), lambda output: None)
        hop = Hop("UDP", HERE, THERE)
        runner.invite(Uri.parse("sip:x@192.0.2.2"), hop, from_=NameAddr.parse("<sip:a@b>"), sdp=b"v=0\r\n")
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(runner, "_loop", Late(loop))
        for _ in range(3):
            runner.receive(OPTIONS, hop)
        runner.close()
        return sent

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert sum(data.startswith(b"SIP/2.0 200") for data in runner.run(body())) == 3
