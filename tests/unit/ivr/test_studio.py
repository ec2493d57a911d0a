from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.ivr.prompt import Spoken, Tone
from voicecore.ivr.studio import Places, Studio
from voicecore.media.sounds import SoundLibrary
from voicecore.testing.simulated_engine import SimulatedEngine
from voicecore.testing.simulated_speech import SimulatedSpeech

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_studio(engine: SimulatedEngine, recordings: Path, speech: SimulatedSpeech | None = None) -> Studio:
    source = speech or SimulatedSpeech()
    return Studio(SoundLibrary(engine), source, source, source, Places(recordings))


async def test_a_prompt_is_loaded_once_a_language(tmp_path: Path) -> None:
    engine = SimulatedEngine()
    studio = a_studio(engine, tmp_path)
    english = await studio.sound("welcome", "en")
    assert await studio.sound("welcome", "en") is english
    assert await studio.sound("welcome", "zh") != english
    assert len(engine.sounds) == 2


async def test_a_tone_lasts_as_long_as_it_says(tmp_path: Path) -> None:
    studio = a_studio(SimulatedEngine(), tmp_path)
    sound = await studio.sound(Tone((440.0,), 300, silence_ms=200), "en")
    assert sound.duration_ms == 500


async def test_a_dead_synthesiser_is_told(tmp_path: Path) -> None:
    studio = a_studio(SimulatedEngine(), tmp_path, SimulatedSpeech(is_dead=True))
    with pytest.raises(Unavailable):
        await studio.sound(Spoken("Hello."), "en")


async def test_recordings_lie_in_a_folder_a_day(tmp_path: Path) -> None:
    studio = a_studio(SimulatedEngine(), tmp_path)
    path = Path(studio.recording_path(CallId("one"), "call", 2, NOW))
    assert path == tmp_path / "2026-11-23" / "one-call-2.wav"
    assert path.parent.is_dir()


async def test_a_folder_that_cannot_be_made_does_not_end_the_call(tmp_path: Path) -> None:
    (tmp_path / "2026-11-23").write_text("in the way")
    studio = a_studio(SimulatedEngine(), tmp_path)
    assert studio.recording_path(CallId("one"), "call", 1, NOW).endswith("one-call-1.wav")
