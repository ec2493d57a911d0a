from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.ivr.prompt import Named, Say, Spoken, Tone
from voicecore.ivr.studio import Places, Studio
from voicecore.media.sounds import SoundLibrary
from voicecore.speech.language.money import Money
from voicecore.testing.simulated_engine import SimulatedEngine
from voicecore.testing.simulated_speech import SimulatedSpeech

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_studio(engine: SimulatedEngine, recordings: Path, speech: SimulatedSpeech | None = None) -> Studio:
    source = speech or SimulatedSpeech()
    return Studio(SoundLibrary(engine), source, source, source, Places(recordings))


async def test_a_prompt_is_loaded_once_a_language(tmp_path: Path) -> None:
    engine = SimulatedEngine()
    studio = a_studio(engine, tmp_path)
    (english,) = await studio.sounds("welcome", "en")
    assert (await studio.sounds("welcome", "en"))[0] is english
    assert await studio.sounds("welcome", "zh") != [english]
    assert len(engine.sounds) == 2


async def test_a_tone_lasts_as_long_as_it_says(tmp_path: Path) -> None:
    studio = a_studio(SimulatedEngine(), tmp_path)
    (sound,) = await studio.sounds(Tone((440.0,), 300, silence_ms=200), "en")
    assert sound.duration_ms == 500


async def test_a_dead_synthesiser_is_told(tmp_path: Path) -> None:
    studio = a_studio(SimulatedEngine(), tmp_path, SimulatedSpeech(is_dead=True))
    with pytest.raises(Unavailable):
        await studio.sounds(Spoken("Hello."), "en")


async def test_recordings_lie_in_a_folder_a_day(tmp_path: Path) -> None:
    studio = a_studio(SimulatedEngine(), tmp_path)
    path = Path(studio.recording_path(CallId("one"), "call", 2, NOW))
    assert path == tmp_path / "2026-11-23" / "one-call-2.wav"
    assert path.parent.is_dir()


async def test_a_folder_that_cannot_be_made_does_not_end_the_call(tmp_path: Path) -> None:
    (tmp_path / "2026-11-23").write_text("in the way")
    studio = a_studio(SimulatedEngine(), tmp_path)
    assert studio.recording_path(CallId("one"), "call", 1, NOW).endswith("one-call-1.wav")


MANIFEST = {"balance": {"en": "You have {amount:money} left.", "zh": "余额{amount:money}。"}}


async def test_fixed_parts_are_loaded_once_for_all_values(tmp_path: Path) -> None:
    engine = SimulatedEngine()
    studio = a_studio(engine, tmp_path, SimulatedSpeech(manifest=MANIFEST))
    one = await studio.sounds(Named("balance", amount=Money(1, "USD")), "en")
    two = await studio.sounds(Named("balance", amount=Money(2, "USD")), "en")
    assert (one[0], one[2]) == (two[0], two[2])
    assert one[1] != two[1]
    assert len(engine.sounds) == 4


async def test_a_text_of_the_flow_is_filled_in_the_calls_language(tmp_path: Path) -> None:
    speech, engine = SimulatedSpeech(), SimulatedEngine()
    studio = a_studio(engine, tmp_path, speech)
    sounds = await studio.sounds(Say("{n:count:条留言}", n=2), "zh")
    assert [speech.words_of(engine.sounds[sound.id]) for sound in sounds] == ["两条留言"]


async def test_fixed_parts_are_loaded_before_a_call(tmp_path: Path) -> None:
    engine = SimulatedEngine()
    studio = a_studio(engine, tmp_path, SimulatedSpeech(manifest=MANIFEST))
    await studio.preload("en")
    before = set(engine.sounds)
    sounds = await studio.sounds(Named("balance", amount=Money(1, "USD")), "en")
    assert len({sound.id for sound in sounds} - before) == 1


async def test_another_voice_is_another_sound(tmp_path: Path) -> None:
    studio = a_studio(SimulatedEngine(), tmp_path)
    assert await studio.sounds("welcome", "en", "flite") != await studio.sounds("welcome", "en")
