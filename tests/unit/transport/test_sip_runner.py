from __future__ import annotations

import asyncio

import uvloop

from voicecore.sip.hop import Address, Hop
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.testing.sip_text import request_text
from voicecore.transport.sip_runner import SipRunner

OURS, PEER = Address("192.0.2.2", 5060), Address("192.0.2.1", 5060)
HOP = Hop("UDP", OURS, PEER)


class OverdueStack(Stack):
    """Its timer is always due now, as after a stall of the loop."""

    def next_timer(self) -> float | None:
        return 0.0


def options(number: int) -> bytes:
    return request_text("OPTIONS", PEER, OURS, call_id=f"c{number}", from_tag="t", branch=f"z9hG4bK{number}")


def test_timer_that_is_due_at_once_does_not_stop_the_runner() -> None:
    sent: list[bytes] = []

    async def receive_two() -> None:
        stack = OverdueStack(StackSettings("test"), token=lambda length: "x" * length)
        runner = SipRunner(stack, lambda data, hop: sent.append(data), lambda output: None)
        runner.receive(options(1), HOP)
        runner.receive(options(2), HOP)
        runner.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(receive_two())
    assert [data.split(b"\r\n")[0] for data in sent] == [b"SIP/2.0 200 OK"] * 2
