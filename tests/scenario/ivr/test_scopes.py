"""Blocks with something beside them: background sound, a filler, a recording, and time after the hang-up."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenario.ivr.conversation import HANG_UP, converse
from voicecore.errors import UsageError
from voicecore.ivr import Call, Digits
from voicecore.store.records import CallEnd, MarkKind
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech

LENGTHS = {"jingle": 4.0, "weather": 6.0, "question": 2.0}


async def test_background_plays_over_and_over_and_stops_with_the_block() -> None:
    async def talk(call: Call) -> float:
        async with call.playing("jingle") as sound:
            await call.wait(10)
            place = sound.position
        await call.gather(digits=1)
        return place

    talked = await converse(talk, lengths=LENGTHS)
    assert talked.value == pytest.approx(2.0, abs=0.1)
    assert talked.heard == ["jingle"]
    assert talked.seconds == pytest.approx(15.0, abs=0.1)


async def test_background_goes_on_after_a_prompt() -> None:
    async def talk(call: Call) -> object:
        async with call.playing("jingle", "weather"):
            await call.wait(5)
            pressed = await call.gather("question", digits=1)
            await call.wait(2)
            return pressed

    talked = await converse(talk, (8.0, "7"), lengths=LENGTHS)
    assert talked.value == Digits("7")
    assert talked.heard == ["jingle", "weather", "question", "weather"]


async def test_background_can_be_paused_and_taken_up_and_knows_its_place() -> None:
    async def talk(call: Call) -> list[float]:
        places = []
        async with call.playing("jingle", "weather", repeat=False) as sound:
            await call.wait(5)
            places.append(sound.position)
            sound.pause()
            await call.wait(3)
            places.append(sound.position)
            sound.resume()
            await sound.finished()
            places.append(sound.position)
        return places

    talked = await converse(talk, lengths=LENGTHS)
    assert talked.value == [pytest.approx(5.0, abs=0.1), pytest.approx(5.0, abs=0.1), pytest.approx(10.0)]
    assert talked.heard == ["jingle", "weather"]
    assert talked.seconds == pytest.approx(13.0, abs=0.2)


async def test_background_goes_to_another_place_forwards_and_back() -> None:
    async def talk(call: Call) -> list[float]:
        places = []
        async with call.playing("jingle", "weather", repeat=False) as sound:
            await call.wait(1)
            sound.seek(7)
            places.append(sound.position)
            await call.wait(1)
            sound.seek(2)
            await call.wait(1)
            sound.pause()
            sound.seek(9)
            await call.wait(5)
            places.append(sound.position)
            sound.resume()
            await sound.finished()
        return places

    talked = await converse(talk, lengths=LENGTHS)
    assert talked.value == [pytest.approx(7.0, abs=0.1), pytest.approx(9.0, abs=0.1)]
    assert talked.heard[:3] == ["jingle", "weather", "jingle"]
    assert talked.seconds == pytest.approx(9.0, abs=0.1)


async def test_background_that_a_prompt_cut_goes_on_where_it_was_sought() -> None:
    """Behind the prompt it begins with its second sound, and is sent back to the first."""

    async def talk(call: Call) -> None:
        async with call.playing("jingle", "weather", repeat=False) as sound:
            await call.wait(1)
            sound.seek(5)
            await call.wait(1)
            await call.gather("question", digits=1, first=0.1)
            await call.wait(1)
            sound.seek(3)
            await call.wait(0.5)
            assert sound.position == pytest.approx(3.5, abs=0.1)
            await sound.finished()

    talked = await converse(talk, lengths=LENGTHS)
    heard = [(name, length) for name, length in zip(talked.heard, talked.lengths, strict=True) if length]
    assert heard == [
        ("jingle", 1.0),
        ("weather", 1.0),
        ("question", 2.0),
        ("weather", pytest.approx(1.0, abs=0.11)),
        ("jingle", 1.0),
        ("weather", 6.0),
    ]


async def test_background_is_over_behind_its_end_and_comes_round_where_it_repeats() -> None:
    async def talk(call: Call) -> float:
        async with call.playing("jingle", repeat=False) as once:
            once.seek(4)
            await once.finished()
        async with call.playing("jingle") as sound:
            await call.wait(1)
            sound.seek(10)
            await call.wait(1)
            return sound.position

    talked = await converse(talk, lengths=LENGTHS)
    assert talked.value == pytest.approx(3.0, abs=0.1)
    assert talked.seconds == pytest.approx(2.0, abs=0.1)


async def test_background_has_no_place_before_its_beginning_and_music_none_of_its_own() -> None:
    async def talk(call: Call) -> None:
        async with call.playing("jingle") as sound:
            with pytest.raises(UsageError, match="-1"):
                sound.seek(-1)
        async with call.music() as music:
            with pytest.raises(UsageError, match="music"):
                music.seek(1)

    await converse(talk, lengths=LENGTHS)


async def test_background_keeps_its_volume_behind_a_prompt() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        async with call.playing("jingle") as sound:
            await call.wait(1)
            sound.volume(-12)
            await call.wait(1)
            await call.play("question")
            await call.wait(5)

    async with simulated_platform({"1": flow}, speech=SimulatedSpeech(LENGTHS)) as platform:
        caller = await platform.dial("1")
        loud = []
        for at in (0.5, 1.0, 1.5, 1.5):
            await asyncio.sleep(at)
            player = caller.leg.players[False]
            loud.append(player and player.decibels)
        await caller.over()
    assert loud == [0.0, -12, 0.0, -12]


async def test_background_that_is_stopped_stays_silent() -> None:
    async def talk(call: Call) -> None:
        async with call.playing("jingle") as sound:
            await call.wait(1)
            sound.stop()
            await sound.finished()
            sound.resume()
            await call.wait(5)

    talked = await converse(talk, lengths=LENGTHS)
    assert talked.lengths == [1.0]


async def test_an_error_in_the_block_is_raised_as_itself() -> None:
    async def talk(call: Call) -> object:
        try:
            async with call.playing("jingle"):
                try:
                    raise KeyError("inner")
                except KeyError as inner:
                    raise ValueError("outer") from inner
        except ValueError as error:
            return error.__cause__

    assert isinstance((await converse(talk)).value, KeyError)


@pytest.mark.parametrize(
    ("seconds", "heard"),
    [(0.5, []), (1.5, ["one_moment"]), (6.5, ["one_moment", "one_moment"])],
)
async def test_a_filler_is_heard_only_while_the_back_end_is_slow(seconds: float, heard: list[str]) -> None:
    async def talk(call: Call) -> None:
        async with call.filler("one_moment", after=0.8, every=3.0):
            await asyncio.sleep(seconds)
        await call.play("goodbye")

    talked = await converse(talk)
    assert talked.heard == [*heard, "goodbye"]
    assert talked.seconds == pytest.approx(seconds + 1.0, abs=0.1)


async def save_slowly(call: Call, saved: list[str], seconds: float) -> None:
    try:
        async with call.after_hangup(within=5):
            await asyncio.sleep(seconds)
            saved.append("saved")
        saved.append("went on")
    finally:
        saved.append("end")


async def test_what_must_not_be_left_half_done_is_finished_after_the_hang_up() -> None:
    saved: list[str] = []
    talked = await converse(lambda call: save_slowly(call, saved, 4.0), (1.0, HANG_UP))
    assert saved == ["saved", "end"]
    assert talked.file.call.end is CallEnd.CALLER_HUNG_UP


async def test_what_takes_too_long_after_the_hang_up_is_cancelled() -> None:
    saved: list[str] = []
    talked = await converse(lambda call: save_slowly(call, saved, 60.0), (1.0, HANG_UP))
    assert saved == ["end"]
    ended = talked.file.call.ended
    assert ended is not None
    assert (ended - talked.file.call.started).total_seconds() == pytest.approx(6.0, abs=0.1)


async def test_who_stays_hears_the_rest_of_the_flow() -> None:
    saved: list[str] = []
    await converse(lambda call: save_slowly(call, saved, 4.0))
    assert saved == ["saved", "went on", "end"]


@pytest.mark.parametrize(("seconds", "expected"), [(4.0, ["saved"]), (60.0, [])])
async def test_a_block_in_finally_is_bounded_too(seconds: float, expected: list[str]) -> None:
    saved: list[str] = []

    async def talk(call: Call) -> None:
        try:
            await call.wait()
        finally:
            async with call.after_hangup(within=5):
                await asyncio.sleep(seconds)
                saved.append("saved")

    talked = await converse(talk, (1.0, HANG_UP))
    assert saved == expected
    assert talked.file.call.end is CallEnd.CALLER_HUNG_UP


async def test_a_hang_up_behind_the_block_ends_what_runs_beside_it() -> None:
    saved: list[str] = []

    async def talk(call: Call) -> None:
        async with call.playing("jingle"):
            await save_slowly(call, saved, 4.0)

    talked = await converse(talk, (1.0, HANG_UP), lengths=LENGTHS)
    assert saved == ["saved", "end"]
    assert talked.file.call.traceback is None


async def test_a_pause_is_silence_in_the_same_file_with_a_mark_at_both_ends() -> None:
    async def talk(call: Call) -> object:
        async with call.recording() as tape:
            await call.wait(3)
            await tape.pause()
            await call.wait(2)
            tape.resume()
            await call.wait(1)
            return tape.position, len(tape.paths)

    talked = await converse(talk)
    assert talked.value == (pytest.approx(6.0, abs=0.1), 1)
    recording = talked.file.recordings[0]
    assert round(recording.duration_ms, -2) == 6000
    marks = [(round(mark.at_ms, -2), mark.kind) for mark in recording.marks]
    assert marks == [(3000, MarkKind.PAUSED), (5000, MarkKind.RESUMED)]


async def test_a_mark_stands_where_it_was_set_and_in_the_journal() -> None:
    async def talk(call: Call) -> None:
        async with call.recording():
            await call.wait(2)
            await call.mark("offer accepted", product="fibre", months=24)
            await call.wait(1)

    talked = await converse(talk)
    (mark,) = talked.file.recordings[0].marks
    assert (round(mark.at_ms, -2), mark.kind, mark.text) == (2000, MarkKind.NOTE, "offer accepted")
    assert dict(mark.fields) == {"product": "fibre", "months": 24}
    assert ("mark", "offer accepted product=fibre months=24") in talked.journal


@pytest.mark.parametrize("text", ["", "x" * 201])
async def test_a_mark_that_cannot_be_shown_is_refused(text: str) -> None:
    async def talk(call: Call) -> None:
        with pytest.raises(UsageError, match="a mark has"):
            await call.mark(text)
        await call.wait(1)

    await converse(talk)
