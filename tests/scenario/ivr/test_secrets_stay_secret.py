"""A PIN is in nothing that is written: journal, ladder, log, recordings."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from tests.scenario.ivr.conversation import HANG_UP, Conversation, converse
from voicecore.ivr import Call, DigitString, Key, YesNo, first_of
from voicecore.store.records import MarkKind
from voicecore.testing.simulated_call import simulated_platform

PIN = "739502"


def written(file: object, logs: object) -> str:
    return f"{file!r} {logs!r}"


async def ask_for_the_pin(call: Call) -> object:
    async with call.recording(), call.secret():
        return await call.ask("pin", kind=DigitString(6), confirm=True)


def keys_shown(talked_journal: list[tuple[str, str]]) -> list[str]:
    return [detail for kind, detail in talked_journal if kind in ("digit", "choice", "prompt")]


async def test_a_pin_is_in_nothing_that_is_written() -> None:
    with structlog.testing.capture_logs() as logs:
        talked = await converse(ask_for_the_pin, (0.5, PIN), (10.0, "1"))
    assert talked.value.value == PIN
    assert PIN not in written(talked.file, logs)
    assert set(keys_shown(talked.journal)) == {"hidden"}


async def test_what_is_read_back_is_not_named_either() -> None:
    talked = await converse(ask_for_the_pin, (0.5, PIN), (10.0, "1"))
    assert "digit_7" in talked.heard
    assert not any("digit_" in detail for _, detail in talked.journal)


async def test_keys_typed_ahead_of_the_block_are_hidden_with_it() -> None:
    async def talk(call: Call) -> object:
        await call.play("welcome")
        return await ask_for_the_pin(call)

    talked = await converse(talk, (0.2, PIN), (10.0, "1"))
    assert talked.value.value == PIN
    assert set(keys_shown(talked.journal)) == {"welcome", "hidden"}


async def test_keys_left_over_answer_no_later_question() -> None:
    async def talk(call: Call) -> object:
        async with call.secret():
            await call.ask("pin", kind=DigitString(6))
        return await call.menu("menu", options={"9": "left over", "1": "pressed"})

    talked = await converse(talk, (0.5, PIN + "9"), (1.5, "1"))
    assert talked.value.value == "pressed"


async def test_a_key_told_by_info_is_hidden_in_the_ladder() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await ask_for_the_pin(call)

    with structlog.testing.capture_logs() as logs:
        async with simulated_platform({"1": flow}) as platform:
            caller = await platform.dial("1")
            for key in PIN:
                caller.press_by_info(f"Signal={key}\r\nDuration=100\r\n".encode())
                await asyncio.sleep(0.1)
            await caller.hears("digit_7")
            caller.press_by_info(b"1", "application/dtmf")
            await caller.over()
            file = await platform.record()
    infos = [message.text for message in file.ladder if message.text.startswith(b"INFO")]
    assert len(infos) == 7
    assert all(b"Signal=*" in text for text in infos[:-1])
    assert infos[-1].endswith(b"\r\n\r\n*")
    assert PIN not in written(file, logs)


def marks(talked: Conversation) -> list[tuple[int, MarkKind]]:
    (recording,) = talked.file.recordings
    return [(round(mark.at_ms, -2), mark.kind) for mark in recording.marks]


async def test_recordings_are_silent_for_the_block() -> None:
    async def talk(call: Call) -> None:
        async with call.recording() as tape:
            await call.wait(2)
            async with call.secret():
                await call.wait(4)
                await tape.pause()
                await call.wait(1)
            tape.resume()
            await call.wait(3)

    talked = await converse(talk)
    assert round(talked.file.recordings[0].duration_ms, -2) == 10_000
    begun, ended = [(2000, MarkKind.MASKED), (6000, MarkKind.PAUSED)], [MarkKind.UNMASKED, MarkKind.RESUMED]
    assert marks(talked) == [*begun, *((7000, kind) for kind in ended)]


async def test_a_recording_that_begins_in_the_block_begins_silent() -> None:
    async def talk(call: Call) -> None:
        async with call.secret():
            recording = call.recording()
            await recording.__aenter__()
            await call.wait(2)
        await call.wait(1)
        await recording.__aexit__(None, None, None)

    assert marks(await converse(talk)) == [(0, MarkKind.MASKED), (2000, MarkKind.UNMASKED)]


async def test_a_mark_in_the_block_does_not_tell_what_it_says() -> None:
    async def talk(call: Call) -> None:
        async with call.recording(), call.secret():
            await call.mark(f"card {PIN}", pin=PIN)

    with structlog.testing.capture_logs() as logs:
        talked = await converse(talk)
    assert PIN not in written(talked.file.recordings, logs)
    assert ("mark", "hidden") in talked.journal


async def test_a_recording_goes_on_after_a_block_that_failed() -> None:
    async def talk(call: Call) -> None:
        async with call.recording():
            with pytest.raises(ValueError, match="outer"):
                async with call.secret():
                    raise ValueError("outer")
            await call.wait(2)

    talked = await converse(talk)
    assert round(talked.file.recordings[0].duration_ms, -2) == 2000
    assert marks(talked) == [(0, MarkKind.MASKED), (0, MarkKind.UNMASKED)]


async def test_a_flow_that_fails_on_a_pin_does_not_write_it() -> None:
    async def talk(call: Call) -> None:
        async with call.secret():
            await call.ask("pin", kind=DigitString(6))
        raise ValueError(f"the bank knows no {PIN}")

    with structlog.testing.capture_logs() as logs:
        talked = await converse(talk, (0.5, PIN))
    assert talked.file.call.traceback is not None
    assert "the bank knows no ******" in talked.file.call.traceback
    assert PIN not in written(talked.file, logs)


async def test_keys_outside_the_block_are_noted_as_ever() -> None:
    async def talk(call: Call) -> object:
        async with call.secret():
            await call.ask("pin", kind=DigitString(6))
        return await call.ask("sure", kind=YesNo())

    talked = await converse(talk, (0.5, PIN), (1.5, "2"))
    assert keys_shown(talked.journal)[-2:] == ["sure", "leg 1: 2"]


async def test_a_hang_up_in_the_block_tells_nothing() -> None:
    async def talk(call: Call) -> object:
        async with call.recording(), call.secret():
            return await first_of(call.key("#"), call.gather("pin", digits=20))

    talked = await converse(talk, (0.5, PIN), (1.0, HANG_UP))
    assert PIN not in written(talked.file, "")
    assert not isinstance(talked.value, Key)
