"""Why a called side refused is told to who called, in the telephone network's words (RFC 3326, RFC 6432)."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenario.exchange.office import CARRIER, NUMBER, header, phone_of, site
from voicecore.sip.message import Response
from voicecore.sip.values.reason import Reason
from voicecore.testing.simulated_call import simulated_platform


def reason_of(response: object) -> Reason | None:
    assert isinstance(response, Response)
    value = response.headers.get("Reason")
    return None if value is None else Reason.parse(value)


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (486, ["Q.850;cause=17"], 17),
        (404, ["SIP;cause=404", 'Q.850;cause=1;text="Unallocated"'], 1),
        (480, ["Q.850;cause=20"], 20),  # an absent subscriber is no ordinary silence
        (500, ["Q.850;cause=47"], 47),
        (486, [], 17),  # ours, where none came
        (404, [], 1),
        (603, ["Q.850;cause=999"], 21),
        (486, ["<nonsense;;"], 17),
    ],
)
async def test_the_cause_of_a_carriers_refusal_reaches_the_caller(
    status: int, said: list[str], told: int
) -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        carrier.line.answers_with = status
        carrier.line.headers = [("Reason", value) for value in said]
        await alice.dial(NUMBER)
        reason = reason_of(alice.responses[-1])
    assert alice.status == status
    assert reason is not None
    assert (reason.protocol, reason.cause) == ("Q.850", told)


@pytest.mark.parametrize(
    ("status", "told", "cause"),
    [
        (401, 403, 21),  # its password is not the caller's
        (407, 403, 21),
        (302, 480, 23),  # to somewhere that it may not send calls
        (420, 500, 127),
        (415, 488, 79),
        (491, 500, 41),
        (606, 606, 88),
    ],
)
async def test_a_refusal_of_our_own_request_is_not_held_against_the_callers(
    status: int, told: int, cause: int
) -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        bob.answers_with = status
        assert await alice.dial("1002") == told
        reason = reason_of(alice.responses[-1])
    assert reason is not None
    assert reason.cause == cause


async def test_a_phone_that_nobody_answers_is_told_as_no_answer() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        bob.answers_with = 0
        assert await alice.dial("1002") == 480
        reason = reason_of(alice.responses[-1])
    assert reason is not None
    assert reason.cause == 19


async def test_why_a_caller_gave_up_is_told_to_who_still_rings() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        carrier.line.answers_with = 0
        alice.start_dialling(NUMBER)
        await asyncio.sleep(1)
        alice.give_up(reason="Q.850;cause=31")
        await carrier.line.over()
        (cancel, _) = platform.wire.requests("CANCEL")[0]
    assert (header(cancel, "Reason") or "").startswith("Q.850;cause=31")
