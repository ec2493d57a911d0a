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


async def test_a_claimed_key_goes_to_who_claims_it() -> None:
    digits = DigitBuffer()
    digits.put("0")
    digits.put("4")
    with digits.claimed("0*") as own:
        digits.put("*")
        digits.put("2")
        assert [own.take(), own.take(), own.take()] == ["0", "*", None]
    assert [digits.take(), digits.take(), digits.take()] == ["4", "2", None]


async def test_a_claimed_key_that_nobody_took_is_given_back() -> None:
    digits = DigitBuffer()
    with digits.claimed("0"):
        digits.put("0")
        assert not digits.is_waiting
    assert digits.take() == "0"


async def test_the_inner_claim_comes_first() -> None:
    digits = DigitBuffer()
    with digits.claimed("0") as outer:
        with digits.claimed("0") as inner:
            digits.put("0")
            assert (outer.take(), inner.take()) == (None, "0")
        digits.put("0")
        assert outer.take() == "0"
