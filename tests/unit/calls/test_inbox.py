from __future__ import annotations

import asyncio

from voicecore.calls.inbox import MAX_DIGITS_AHEAD, DigitBuffer, SpeechWatch


async def test_keys_come_in_the_order_of_pressing() -> None:
    digits = DigitBuffer()
    for digit in "427":
        digits.put(digit)
    await digits.pressed()
    assert [digits.take() for _ in range(4)] == ["4", "2", "7", None]
    assert not digits.is_waiting


async def test_a_full_buffer_drops_the_newest_key() -> None:
    digits = DigitBuffer()
    for _ in range(MAX_DIGITS_AHEAD):
        digits.put("1")
    digits.put("9")
    assert [digits.take() for _ in range(MAX_DIGITS_AHEAD)] == ["1"] * MAX_DIGITS_AHEAD
    assert digits.take() is None


async def test_waiting_for_a_key_does_not_take_it() -> None:
    digits = DigitBuffer()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(digits.pressed())
        await asyncio.sleep(1)
        digits.put("5")
        await waiting
    assert digits.take() == "5"


async def test_speech_is_remembered_until_the_watch_is_reset() -> None:
    speech = SpeechWatch()
    speech.set(True)
    speech.set(False)
    await speech.changed()
    assert (speech.is_speaking, speech.was_heard) == (False, True)
    speech.reset()
    assert not speech.was_heard
