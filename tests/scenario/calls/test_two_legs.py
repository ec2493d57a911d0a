"""What passes from one leg of a call to the other, and what does not (B2BUA)."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.ivr import Answered, Call, DialOutcome, Rejected
from voicecore.sip import output as sip_output
from voicecore.sip.call_options import CallOptions
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller


class Connecting:
    """Dials a phone and bridges; keeps what it saw."""

    def __init__(self) -> None:
        self.target = ""
        self.outcome: DialOutcome | None = None
        self.diverted_by: tuple[str, ...] = ()

    async def __call__(self, call: Call) -> None:
        self.diverted_by = call.diverted_by
        await call.answer()
        self.outcome = await call.dial(self.target, ring_time=5.0)
        if isinstance(self.outcome, Answered):
            await call.bridge(self.outcome.leg)


def phone_for(platform: SimulatedPlatform, flow: Connecting) -> SimulatedCaller:
    phone = platform.phone()
    flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
    return phone


async def test_keys_pass_in_both_directions_while_the_legs_talk() -> None:
    flow = Connecting()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone_for(platform, flow)
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        first, second = platform.engine.legs.values()
        platform.engine.press(min(platform.engine.legs), "5")
        platform.engine.press(max(platform.engine.legs), "7")
        assert (second.sent_digits, first.sent_digits) == ("5", "7")
        caller.press_by_info(b"Signal=9\r\n")
        await asyncio.sleep(1)
        assert second.sent_digits == "59"
        caller.hang_up()


async def test_nothing_of_the_callers_message_reaches_the_called_side() -> None:
    flow = Connecting()
    secrets = [("X-Account", "4711"), ("Subject", "private"), ("Call-Info", "<http://inside.example/>")]
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = phone_for(platform, flow)
        heard: list[bytes] = []
        watch(phone, heard)
        caller = platform.phone()
        await caller.dial("1", headers=secrets)
        await asyncio.sleep(1)
        caller.hang_up()
    said = b"\n".join(heard)
    assert b"INVITE" in said
    for value in (b"4711", b"private", b"inside", b"X-Account", caller.dialog.call_id.encode()):
        assert value not in said


def watch(phone: SimulatedCaller, heard: list[bytes]) -> None:
    """From now on, what this phone is sent is kept."""
    before = phone.on_output

    def keep(output: sip_output.Output) -> None:
        if isinstance(output, sip_output.Heard):
            heard.append(output.data)
        before(output)

    phone.on_output = keep


async def test_who_hangs_up_is_told_to_the_other_side_with_a_reason() -> None:
    flow = Connecting()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = phone_for(platform, flow)
        heard: list[bytes] = []
        watch(phone, heard)
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        caller.hang_up()
        await phone.over()
    assert b'\r\nReason: Q.850;cause=16;text="Normal call clearing"\r\n' in heard[-1]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('Q.850;cause=38;text="Network out of order"', b'Q.850;cause=38;text="Network out of order"'),
        ('SIP;cause=200, Q.850;cause=41;text="whatever it says"', b'Q.850;cause=41;text="Temporary failure"'),
        ("Q.850;cause=999", b"Q.850;cause=16"),
        ("Q.850;cause=", b"Q.850;cause=16"),
    ],
)
async def test_the_cause_of_a_hang_up_reaches_the_other_side_in_our_words(said: str, told: bytes) -> None:
    flow = Connecting()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = phone_for(platform, flow)
        heard: list[bytes] = []
        watch(phone, heard)
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        caller._sip.bye(caller.dialog, headers=[("Reason", said)])
        await phone.over()
    assert b"\r\nReason: " + told in heard[-1]


async def test_a_call_that_went_in_a_circle_is_not_passed_on() -> None:
    flow = Connecting()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = phone_for(platform, flow)
        heard: list[bytes] = []
        watch(phone, heard)
        for hops, arrives in ((9, True), (1, False)):
            caller = platform.phone()
            caller.options = CallOptions(max_forwards=hops)
            await caller.dial("1")
            await asyncio.sleep(1)
            assert bool(heard) is arrives
            caller.hang_up()
            await platform.switchboard.idle()
            if arrives:
                assert b"\r\nMax-Forwards: 8\r\n" in heard[0]
            heard.clear()
    assert isinstance(flow.outcome, Rejected)
    assert flow.outcome.status == 483


async def test_a_flow_knows_who_sent_the_call_on() -> None:
    flow = Connecting()
    diverted = [
        ("Diversion", "<sip:boss@example.com>;reason=no-answer"),
        ("Diversion", "<sip:desk@example.com>"),
    ]
    history = [
        ("History-Info", "<sip:first@example.com>;index=1"),
        ("History-Info", "<sip:second@example.com>;index=1.1;rc=1"),
        ("History-Info", "<sip:1@192.0.2.1>;index=1.1.1;rc=1.1"),
    ]
    caused = [
        ("History-Info", "<sip:+491@carrier.example?Reason=SIP%3Bcause%3D486>;index=1"),
        ("History-Info", "<sip:+492@carrier.example;cause=486>;index=1.1;mp=1"),
        ("History-Info", "<sip:+492@sbc.carrier.example>;index=1.1.1;rc=1.1"),
        ("History-Info", "<sip:1@192.0.2.1>;index=1.1.1.1;rc=1.1.1"),
    ]
    found = [  # proxies that looked for one and the same user
        ("History-Info", "<sip:1@carrier.example>;index=1"),
        ("History-Info", "<sip:1@sbc.carrier.example>;index=1.1;rc=1"),
        ("History-Info", "<sip:1@192.0.2.1>;index=1.1.1;rc=1.1"),
    ]
    hidden = [
        ("History-Info", "<sip:+491@carrier.example?Privacy=history>;index=1"),
        ("History-Info", "<sip:1@192.0.2.1;cause=302>;index=1.1;mp=1"),
    ]
    expected = {
        0: ("sip:boss@example.com", "sip:desk@example.com"),
        1: ("sip:second@example.com", "sip:first@example.com"),
        2: ("sip:+491@carrier.example",),
        3: (),
        4: (),
    }
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone_for(platform, flow)
        for number, headers in enumerate((diverted, history, caused, found, hidden)):
            caller = platform.phone()
            await caller.dial("1", headers=headers)
            assert flow.diverted_by == expected[number]
            caller.hang_up()
