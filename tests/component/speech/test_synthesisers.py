"""The real programs, where they are installed. What they say cannot be heard; what can be measured is."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from voicecore.errors import Unavailable
from voicecore.speech.cache import PromptCache
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.conditioning import EDGE_MS, PEAK_LIMIT_DB, TARGET_LEVEL_DB
from voicecore.speech.espeak_ng import EspeakNg
from voicecore.speech.flite import Flite
from voicecore.speech.pcm import SAMPLE_RATE, Pcm, Samples
from voicecore.speech.piper import Piper
from voicecore.speech.prompts import Prompts, RenderProgress
from voicecore.speech.speaker import Speaker
from voicecore.speech.synthesis import Synthesiser

MENU = "For a music sample, press 1. To hear your own voice, press 2."
MENU_ZH = "试听音乐请按 1，回音测试请按 2，留言请按 3，人工服务请按 0。"
ROOT = Path(__file__).parents[3]


def synthesiser(engine: str, programs: ChildPrograms) -> Synthesiser:
    match engine:
        case "espeak-ng":
            return EspeakNg(programs)
        case "flite":
            return Flite(programs)
        case _:
            # An interpreter of its own, as an operator may have; see prompts/README.md.
            own = os.environ.get("VOICECORE_PIPER_PYTHON")
            return Piper(programs, Path(own) if own else None)


def render(engine: str, text: str, language: str) -> Pcm:
    async def scenario() -> Pcm:
        chosen = synthesiser(engine, ChildPrograms())
        found = chosen.available()
        if not found.present:
            pytest.skip(f"{found.detail}: {found.remedy}")
        voice = chosen.voice_for(language)
        assert voice is not None
        return await chosen.render(text, language, voice)

    return asyncio.run(scenario())


def frame_levels(pcm: Pcm) -> Samples:
    sound = pcm.to_array()
    frame = pcm.rate // 100
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame)
    levels: Samples = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1e-9)
    return levels


@pytest.mark.parametrize(
    ("engine", "language", "text"),
    [("espeak-ng", "en", MENU), ("espeak-ng", "zh", MENU_ZH), ("flite", "en", MENU), ("piper", "en", MENU)],
)
def test_a_sentence_has_the_length_level_and_edges_of_speech(engine: str, language: str, text: str) -> None:
    pcm = render(engine, text, language)
    levels = frame_levels(pcm)
    speaking = levels[levels > levels.max() - 30]
    assert 3000 < pcm.duration_ms < 16000
    assert 10 * np.log10(np.mean(10 ** (speaking / 10))) == pytest.approx(TARGET_LEVEL_DB, abs=1.0)
    assert 20 * np.log10(np.abs(pcm.to_array()).max()) <= PEAK_LIMIT_DB + 0.01
    edge = EDGE_MS // 10
    assert max(levels[: edge - 1].max(), levels[-edge + 1 :].max()) < levels.max() - 40
    assert max(levels[edge : edge + 3].max(), levels[-edge - 3 : -edge].max()) > levels.max() - 52


@pytest.mark.parametrize(("engine", "language"), [("espeak-ng", "en"), ("espeak-ng", "zh"), ("flite", "en")])
def test_longer_text_takes_longer_and_other_text_sounds_other(engine: str, language: str) -> None:
    one, two, longer = {
        "en": ("one", "two", "one hundred and twenty one"),
        "zh": ("一", "二", "一百二十一"),
    }[language]
    sounds = [render(engine, text, language) for text in (one, two, longer)]
    assert sounds[0] != sounds[1]
    assert sounds[2].duration_ms > 1.5 * sounds[0].duration_ms


def test_chinese_characters_are_read_not_skipped_or_spelled() -> None:
    """About a quarter of a second a syllable; a reader that names letters or code points takes far longer."""
    syllables = "非常抱歉系统出现故障请稍后再拨"
    spoken_ms = render("espeak-ng", syllables, "zh").duration_ms - 2 * EDGE_MS
    assert 120 < spoken_ms / len(syllables) < 500


def test_text_that_looks_like_an_option_or_a_command_is_spoken() -> None:
    for engine in ("espeak-ng", "flite"):
        assert render(engine, "--version 100; $(reboot) <break/>", "en").duration_ms > 800


def test_a_program_that_hangs_falls_to_the_next(tmp_path: Path) -> None:
    hanging = tmp_path / "espeak-ng"
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o755)

    async def scenario() -> Pcm:
        first = EspeakNg(ChildPrograms(timeout_s=0.2), program=str(hanging))
        second = Flite(ChildPrograms())
        if not second.available().present:
            pytest.skip(second.available().detail)
        return await Speaker([first, second], PromptCache(tmp_path / "cache")).say("Goodbye.", "en")

    assert asyncio.run(scenario()).duration_ms > 400
    assert [path.name for path in (tmp_path / "cache" / "en").iterdir()] == ["flite-slt"]


def test_a_program_that_is_not_installed_says_what_to_install() -> None:
    async def scenario() -> None:
        for missing in (EspeakNg(ChildPrograms(), "no-espeak"), Flite(ChildPrograms(), "no-flite")):
            assert not missing.available().present
            assert "apt-get install" in missing.available().remedy
            with pytest.raises(Unavailable, match="no-"):
                await missing.render("hello", "en", "any")

    asyncio.run(scenario())


def test_a_second_run_starts_no_program(tmp_path: Path) -> None:
    async def scenario() -> None:
        espeak = EspeakNg(ChildPrograms())
        if not espeak.available().present:
            pytest.skip(espeak.available().detail)
        first = await Speaker([espeak], PromptCache(tmp_path)).say("Goodbye.", "en")
        gone = EspeakNg(ChildPrograms(), program="no-espeak")
        assert await Speaker([gone], PromptCache(tmp_path)).say("Goodbye.", "en") == first

    asyncio.run(scenario())


def written_in(folder: Path) -> dict[Path, int]:
    """Each WAV file, and when it was last written."""
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*.wav")}


def test_every_prompt_of_the_manifest_is_rendered_in_both_languages(tmp_path: Path) -> None:
    async def scenario() -> tuple[list[RenderProgress], list[RenderProgress]]:
        espeak = EspeakNg(ChildPrograms())
        if not espeak.available().present:
            pytest.skip(espeak.available().detail)
        speaker = Speaker([espeak], PromptCache(tmp_path))
        prompts = Prompts(ROOT / "prompts" / "manifest.toml", speaker, tmp_path / "recorded")
        reports: list[RenderProgress] = []
        failed = await prompts.render_all(["en", "zh"], reports.append)
        made = written_in(tmp_path)
        assert await prompts.render_all(["en", "zh"], lambda report: None) == []
        assert written_in(tmp_path) == made
        return failed, reports

    failed, reports = asyncio.run(scenario())
    assert failed == []
    files = list(tmp_path.rglob("*.wav"))
    assert len(reports) == reports[-1].total
    # Prompts with one text share a file (digit_1 and digit_yao), those with values have one for each fixed part.
    assert len(files) >= len(reports) - 1
    assert all(file.stat().st_size > 44 + 2 * SAMPLE_RATE * (2 * EDGE_MS + 80) // 1000 for file in files)
