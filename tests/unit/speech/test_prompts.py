from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.errors import Unavailable, UsageError
from voicecore.speech.cache import PromptCache
from voicecore.speech.language.kinds import Value
from voicecore.speech.language.money import Money
from voicecore.speech.pcm import Pcm, write_wav
from voicecore.speech.prompts import Prompts, PromptVersion, RenderProgress, in_first_language
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


def sounds(prompts: Prompts, name: str, language: str, voice: str = "", **values: Value) -> list[Pcm]:
    async def render() -> list[Pcm]:
        return await in_first_language(
            prompts.versions(name, values, language), partial(prompts.render, voice=voice)
        )

    return asyncio.run(render())


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
    with pytest.raises(Unavailable, match=r"zh; .*english: dead"):
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


VARIABLE = """
[balance]
en = "Your balance is {amount:money}. Goodbye."
zh = "余额{amount:money}。"
[code]
en = "Your code is {code:digits}."
[digit_1]
en = "one"
[digit_2]
en = "two"
"""
LOUD = Pcm(b"\x00\x40" * 800)
QUIET = Pcm(bytes(1600))


@pytest.fixture
def variable(tmp_path: Path, english: FakeSynthesiser, chinese: FakeSynthesiser) -> Prompts:
    (tmp_path / "manifest.toml").write_text(VARIABLE, encoding="utf-8")
    speaker = Speaker([english, chinese], PromptCache(tmp_path / "cache"))
    return Prompts(tmp_path / "manifest.toml", speaker, tmp_path / "recorded")


def test_fixed_parts_are_made_once_and_values_each_time(
    variable: Prompts, english: FakeSynthesiser, tmp_path: Path
) -> None:
    for _ in range(2):
        sounds(variable, "balance", "en", amount=Money(2, "USD"))
    assert sorted(english.rendered) == ["Goodbye.", "Your balance is", "two dollars.", "two dollars."]
    kept = [file.name for file in (tmp_path / "cache").rglob("*.wav")]
    assert len(kept) == 2
    assert not any("dollars" in name for name in kept)


def test_a_prompt_never_changes_its_language_half_way(
    variable: Prompts, english: FakeSynthesiser, chinese: FakeSynthesiser
) -> None:
    assert len(sounds(variable, "balance", "zh-TW", amount=Money(2, "USD"))) == 2
    assert chinese.rendered == ["余额", "两美元。"]
    chinese.failure = Unavailable("dead")
    assert len(sounds(variable, "balance", "zh-TW", amount=Money(3, "USD"))) == 3
    assert english.rendered == ["Your balance is", "three dollars.", "Goodbye."]


def test_a_prompt_is_one_sound_for_who_wants_it_whole(variable: Prompts) -> None:
    amount = Money(2, "USD")
    whole = asyncio.run(variable.sound("balance", "en", {"amount": amount}))
    parts = sounds(variable, "balance", "en", amount=amount)
    assert whole.samples == b"".join(part.samples for part in parts)


def test_digits_are_the_manifests_own_prompts(variable: Prompts, english: FakeSynthesiser) -> None:
    sounds(variable, "code", "en", code="1212")
    assert english.rendered == ["Your code is", "one", "two"]
    sounds(variable, "code", "en", code="13")
    assert english.rendered[3:] == ["one three."]


def test_a_recorded_fragment_wins_over_its_text(
    variable: Prompts, english: FakeSynthesiser, tmp_path: Path
) -> None:
    write_wav(tmp_path / "recorded" / "en" / "balance.1.wav", Pcm(QUIET.samples + LOUD.samples))
    first, *_ = sounds(variable, "balance", "en", amount=Money(2, "USD"))
    assert english.rendered == ["two dollars.", "Goodbye."]
    assert first.to_array().max() > 0.4


def test_values_are_put_together_from_recorded_words(
    variable: Prompts, english: FakeSynthesiser, tmp_path: Path
) -> None:
    for word in ("two", "dollars"):
        write_wav(tmp_path / "recorded" / "en" / "words" / f"{word}.wav", LOUD)
    said = sounds(variable, "balance", "en", amount=Money(2, "USD"))[1]
    assert said.duration_ms == pytest.approx(2 * LOUD.duration_ms, abs=5)
    sounds(variable, "balance", "en", amount=Money(1, "USD"))
    assert "two dollars." not in english.rendered
    assert "one dollar." in english.rendered


def test_parts_of_a_sentence_are_close_and_sentences_apart(variable: Prompts, tmp_path: Path) -> None:
    padded = Pcm(QUIET.samples + LOUD.samples + QUIET.samples)
    for part in ("balance.1", "balance.2"):
        write_wav(tmp_path / "recorded" / "en" / f"{part}.wav", padded)
    first, _, last = sounds(variable, "balance", "en", amount=Money(2, "USD"))
    assert first.duration_ms == pytest.approx(100 + 100 + 15, abs=6)
    assert last == padded


def test_a_language_without_the_text_falls_back_with_its_own_words(
    variable: Prompts, english: FakeSynthesiser
) -> None:
    sounds(variable, "code", "zh", code="3")
    assert english.rendered == ["Your code is", "three."]


def test_only_what_is_fixed_is_rendered_before_a_call(variable: Prompts, english: FakeSynthesiser) -> None:
    assert asyncio.run(variable.render_all(["en"], lambda _: None)) == []
    assert sorted(english.rendered) == ["Goodbye.", "Your balance is", "Your code is", "one", "two"]


def test_values_that_do_not_fit_are_a_usage_error(variable: Prompts) -> None:
    with pytest.raises(UsageError, match="'balance' needs amount"):
        sounds(variable, "balance", "en")
    with pytest.raises(UsageError, match="has no place for extra"):
        sounds(variable, "balance", "en", amount=Money(1, "USD"), extra=1)
    with pytest.raises(UsageError, match=r"\{amount\}: a Money is needed"):
        sounds(variable, "balance", "en", amount=1)
