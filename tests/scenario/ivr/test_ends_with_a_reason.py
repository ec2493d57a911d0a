"""hangup: what the other side is told."""

from __future__ import annotations

import pytest

from voicecore.ivr import Busy, Call, Cause, Declined, DialOutcome, NoAnswer, NotReachable, Rejected
from voicecore.testing.simulated_call import simulated_platform


def hanging_up(cause: int | DialOutcome, *, answers: bool) -> object:
    async def flow(call: Call) -> None:
        if answers:
            await call.answer()
            await call.wait(1)
        await call.hangup(cause)

    return flow


@pytest.mark.parametrize(
    ("cause", "status", "reason"),
    [
        (486, 486, b""),
        (603, 603, b""),
        (Cause.USER_BUSY, 486, b"Q.850;cause=17"),
        (Cause.UNALLOCATED_NUMBER, 404, b"Q.850;cause=1;"),
        (21, 403, b"Q.850;cause=21"),
    ],
)
async def test_a_call_is_refused_with_the_status_of_the_cause(cause: int, status: int, reason: bytes) -> None:
    async with simulated_platform({"1": hanging_up(cause, answers=False)}) as platform:  # type: ignore[dict-item]
        caller = await platform.dial("1")
        file = await platform.record()
    assert caller.status == status
    (refusal,) = [one.text for one in file.ladder if one.text.startswith(f"SIP/2.0 {status}".encode())]
    assert (b"Reason: " + reason in refusal) == bool(reason)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(486, b"Q.850;cause=17"), (Cause.NORMAL_CALL_CLEARING, b"Q.850;cause=16"), (18, b"Q.850;cause=18")],
)
async def test_an_answered_call_ends_with_the_cause_as_its_reason(cause: int, reason: bytes) -> None:
    async with simulated_platform({"1": hanging_up(cause, answers=True)}) as platform:  # type: ignore[dict-item]
        caller = await platform.dial("1")
        await caller.over()
        file = await platform.record()
    (bye,) = [one.text for one in file.ladder if one.text.startswith(b"BYE")]
    assert b"Reason: " + reason in bye


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (Busy(), 486, b"Q.850;cause=17"),
        (Busy(cause=Cause.NORMAL_UNSPECIFIED), 486, b"Q.850;cause=31"),
        (NoAnswer(), 480, b"Q.850;cause=19"),
        (Rejected(404, "Not Found"), 404, b"Q.850;cause=1;"),
        (NotReachable("no way", Cause.NO_CIRCUIT_AVAILABLE), 503, b"Q.850;cause=34"),
        (Declined(), 603, b"Q.850;cause=21"),
    ],
)
async def test_what_came_of_a_dial_is_what_the_caller_is_told(
    outcome: DialOutcome, status: int, reason: bytes
) -> None:
    async with simulated_platform({"1": hanging_up(outcome, answers=False)}) as platform:  # type: ignore[dict-item]
        caller = await platform.dial("1")
        file = await platform.record()
    assert caller.status == status
    (refusal,) = [one.text for one in file.ladder if one.text.startswith(f"SIP/2.0 {status}".encode())]
    assert b"Reason: " + reason in refusal


@pytest.mark.parametrize("cause", [0, 200, 299, 700, 128, 8000, 10])
async def test_a_number_that_is_no_cause_is_a_bug_of_the_flow(cause: int) -> None:
    async with simulated_platform({"1": hanging_up(cause, answers=True)}) as platform:  # type: ignore[dict-item]
        caller = await platform.dial("1")
        await caller.over()
        traceback = (await platform.record()).call.traceback
    assert traceback is not None
    assert "neither a SIP status" in traceback
