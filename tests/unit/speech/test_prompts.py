from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.errors import Unavailable, UsageError
from voicecore.speech.cache import PromptCache
from voicecore.speech.pcm import Pcm, write_wav
from voicecore.speech.prompts import Prompts, PromptVersion, RenderProgress
from voicecore.speech.speaker import Speaker

RECORDED = Pcm(b"\x11\x22" * 800)
COMMITTED = Path(__file__).parents[3] / "prompts" / "manifest.toml"

MANIFEST = """
[welcome]
en = "Welcome."
zh = "您好。"
[main_menu]
en = "Press 1."
"""


@pytest.fixture
def english() -> FakeSynthesiser:
    return FakeSynthesiser("english")


@pytest.fixture
def chinese() -> FakeSynthesiser:
    return FakeSynthesiser("chinese", languages=("zh",))


@pytest.fixture
def prompts(tmp_path: Path, english: FakeSynthesiser, chinese: FakeSynthesiser) -> Prompts:
    (tmp_path / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    speaker = Speaker([english, chinese], PromptCache(tmp_path / "cache"))
    return Prompts(tmp_path / "manifest.toml", speaker, tmp_path / "recorded")


def sound(prompts: Prompts, name: str, language: str) -> Pcm:
    return asyncio.run(prompts.sound(name, language))


def test_a_prompt_is_spoken_in_the_language_asked_for(
    prompts: Prompts, english: FakeSynthesiser, chinese: FakeSynthesiser
) -> None:
    assert sound(prompts, "welcome", "en") == english.sound_of("Welcome.")
    assert sound(prompts, "welcome", "zh") == chinese.sound_of("您好。")


def test_a_region_is_stood_in_for_by_its_language(prompts: Prompts, chinese: FakeSynthesiser) -> None:
    assert sound(prompts, "welcome", "zh-TW") == chinese.sound_of("您好。")
    assert prompts.text("welcome", "zh-Hant-TW") == "您好。"


def test_a_language_without_the_text_falls_to_the_default(prompts: Prompts, english: FakeSynthesiser) -> None:
    assert sound(prompts, "main_menu", "zh") == english.sound_of("Press 1.")
    assert prompts.text("main_menu", "fr") == "Press 1."


def test_a_language_without_a_living_voice_falls_to_the_default(
    prompts: Prompts, english: FakeSynthesiser, chinese: FakeSynthesiser
) -> None:
    chinese.failure = Unavailable("dead")
    assert sound(prompts, "welcome", "zh") == english.sound_of("Welcome.")


def test_a_recording_wins_over_the_text(
    prompts: Prompts, tmp_path: Path, english: FakeSynthesiser, chinese: FakeSynthesiser
) -> None:
    write_wav(tmp_path / "recorded" / "zh" / "welcome.wav", RECORDED)
    assert sound(prompts, "welcome", "zh-TW") == RECORDED
    assert sound(prompts, "welcome", "en") == english.sound_of("Welcome.")
    assert chinese.rendered == []


def test_a_broken_recording_is_passed_over(
    prompts: Prompts, tmp_path: Path, english: FakeSynthesiser
) -> None:
    (tmp_path / "recorded" / "en").mkdir(parents=True)
    (tmp_path / "recorded" / "en" / "welcome.wav").write_bytes(b"not sound")
    assert sound(prompts, "welcome", "en") == english.sound_of("Welcome.")


def test_an_unknown_name_is_refused_with_names_that_are_near(prompts: Prompts) -> None:
    with pytest.raises(UsageError, match=r"'welcom'; did you mean welcome\?"):
        sound(prompts, "welcom", "en")
    with pytest.raises(UsageError, match=r"'../../etc/passwd'$"):
        sound(prompts, "../../etc/passwd", "en")


def test_a_prompt_that_nobody_can_speak_is_unavailable(prompts: Prompts, english: FakeSynthesiser) -> None:
    english.failure = Unavailable("dead")
    with pytest.raises(Unavailable, match=r"main_menu.*english: dead"):
        sound(prompts, "main_menu", "zh")


def test_missing_texts_are_listed_and_a_recording_fills_the_gap(prompts: Prompts, tmp_path: Path) -> None:
    assert prompts.missing() == [PromptVersion("main_menu", "zh")]
    assert prompts.missing(["en"]) == []
    write_wav(tmp_path / "recorded" / "zh" / "main_menu.wav", RECORDED)
    assert prompts.missing() == []


def test_all_are_rendered_with_progress_and_failures_are_returned(
    prompts: Prompts, english: FakeSynthesiser
) -> None:
    reports: list[RenderProgress] = []
    failed = asyncio.run(prompts.render_all(["en", "zh"], reports.append))
    assert [report.done for report in reports] == [1, 2, 3, 4]
    assert {report.total for report in reports} == {4}
    assert [report.prompt for report in failed] == [PromptVersion("main_menu", "zh")]
    assert sorted(english.rendered) == ["Press 1.", "Welcome."]


def test_the_committed_manifest_has_every_prompt_in_english_and_chinese(tmp_path: Path) -> None:
    prompts = Prompts(COMMITTED, Speaker([], PromptCache(tmp_path)), tmp_path)
    assert prompts.languages() == ["en", "zh"]
    assert prompts.missing() == []
    assert {"welcome", "main_menu", "apology", "digit_0", "digit_9", "digit_pound"} <= set(prompts.names())


def test_chinese_texts_are_chinese(tmp_path: Path) -> None:
    prompts = Prompts(COMMITTED, Speaker([], PromptCache(tmp_path)), tmp_path)
    for name in prompts.names():
        assert any("一" <= character <= "鿿" for character in prompts.text(name, "zh")), name
