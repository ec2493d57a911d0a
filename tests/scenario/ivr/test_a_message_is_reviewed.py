"""record with a review: listen, again, keep."""

from __future__ import annotations

from tests.scenario.ivr.conversation import HANG_UP, SPEAK, converse
from voicecore.calls.journal import EventKind
from voicecore.ivr import Call, Message


async def leave(call: Call) -> object:
    return await call.record(review=True)


async def test_a_message_is_kept() -> None:
    talked = await converse(leave, (1.0, SPEAK), (3.0, "#"), (4.0, "3"))
    assert isinstance(talked.value, Message)
    assert talked.heard == ["", "review_message"]
    assert len(talked.file.recordings) == 1


async def test_a_message_is_recorded_again() -> None:
    talked = await converse(leave, (3.0, "#"), (4.0, "2"), (10.0, "#"), (11.0, "3"))
    assert [one.path for one in talked.file.recordings][-1] == talked.value.path
    assert len(talked.file.recordings) == 2


async def test_a_message_is_listened_to() -> None:
    talked = await converse(leave, (3.0, "#"), (4.0, "1"), (6.0, "3"))
    assert isinstance(talked.value, Message)
    # The simulated engine writes no file, so that the studio says that it cannot be played.
    assert (EventKind.DEGRADED.value, f"not played: {talked.value.path}") in talked.journal
    assert talked.heard.count("review_message") == 2


async def test_who_says_nothing_keeps_the_message() -> None:
    talked = await converse(leave, (3.0, "#"))
    assert isinstance(talked.value, Message)


async def test_who_hangs_up_in_the_review_has_left_a_message() -> None:
    talked = await converse(leave, (3.0, "#"), (4.0, HANG_UP))
    assert len(talked.file.recordings) == 1


async def test_who_records_again_and_again_is_not_held_for_ever() -> None:
    acts = [(second / 2, "#2") for second in range(2, 400)]
    talked = await converse(leave, *acts)
    assert isinstance(talked.value, Message)
