from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.errors import Unavailable, UsageError
from voicecore.speech.cache import PromptCache
from voicecore.speech.child_program import TooSlow
from voicecore.speech.speaker import Speaker
from voicecore.speech.synthesis import EngineDown


def test_the_first_that_can_speaks(tmp_path: Path) -> None:
    best, second = FakeSynthesiser("best"), FakeSynthesiser("second")
    speaker = Speaker([best, second], PromptCache(tmp_path))
    assert asyncio.run(speaker.say("hello", "en-US")) == best.sound_of("hello")
    assert second.rendered == []


def test_a_dead_synthesiser_falls_to_the_next(tmp_path: Path) -> None:
    best, second = FakeSynthesiser("best", failure=Unavailable("dead")), FakeSynthesiser("second")
    speaker = Speaker([best, second], PromptCache(tmp_path))
    assert asyncio.run(speaker.say("hello", "en")) == second.sound_of("hello")


def test_a_language_goes_to_who_speaks_it(tmp_path: Path) -> None:
    english, chinese = FakeSynthesiser("english"), FakeSynthesiser("chinese", languages=("zh",))
    speaker = Speaker([english, chinese], PromptCache(tmp_path))
    assert asyncio.run(speaker.say("你好", "zh-CN")) == chinese.sound_of("你好")
    assert english.rendered == []


def test_when_all_fail_the_error_names_each(tmp_path: Path) -> None:
    dead = [FakeSynthesiser(name, failure=Unavailable(f"{name} broke")) for name in ("one", "two")]
    speaker = Speaker(dead, PromptCache(tmp_path))
    with pytest.raises(Unavailable, match="one: one broke; two: two broke"):
        asyncio.run(speaker.say("hello", "en"))


def test_a_language_without_a_voice_is_unavailable(tmp_path: Path) -> None:
    speaker = Speaker([FakeSynthesiser()], PromptCache(tmp_path))
    assert not speaker.speaks("fr")
    with pytest.raises(Unavailable, match="no synthesiser has a voice"):
        asyncio.run(speaker.say("bonjour", "fr"))


def test_a_cached_text_needs_no_living_synthesiser(tmp_path: Path) -> None:
    fake = FakeSynthesiser()
    speaker = Speaker([fake], PromptCache(tmp_path))
    first = asyncio.run(speaker.say("hello", "en"))
    fake.failure = Unavailable("dead")
    assert asyncio.run(speaker.say(" hello\n", "EN")) == first
    assert fake.rendered == ["hello"]


@pytest.mark.parametrize("kind", [TooSlow, EngineDown])
def test_a_synthesiser_that_is_down_is_passed_over_for_a_while(
    tmp_path: Path, kind: type[EngineDown]
) -> None:
    time = 1000.0
    slow, quick = FakeSynthesiser("slow", failure=kind("30 s")), FakeSynthesiser("quick")
    speaker = Speaker([slow, quick], PromptCache(tmp_path), lambda: time)
    for text in ("one", "two", "three"):
        assert asyncio.run(speaker.say(text, "en")) == quick.sound_of(text)
    assert slow.rendered == ["one"]
    slow.failure = None
    time += kind.rest_s - 1
    assert asyncio.run(speaker.say("nearly", "en")) == quick.sound_of("nearly")
    time += 1
    assert asyncio.run(speaker.say("four", "en")) == slow.sound_of("four")


def test_nothing_to_say_is_the_callers_fault(tmp_path: Path) -> None:
    speaker = Speaker([FakeSynthesiser()], PromptCache(tmp_path))
    with pytest.raises(UsageError):
        asyncio.run(speaker.say("  ", "en"))


def test_a_voice_that_is_asked_for_speaks_first(tmp_path: Path) -> None:
    best, second = FakeSynthesiser("best"), FakeSynthesiser("second")
    speaker = Speaker([best, second], PromptCache(tmp_path))
    assert asyncio.run(speaker.say("hello", "en", "second")) == second.sound_of("hello")
    assert asyncio.run(speaker.say("hello", "en", "second/anna")) == second.sound_of("hello")
    assert (best.rendered, second.voices) == ([], ["voice-en", "anna"])


def test_a_voice_that_cannot_is_stood_in_for(tmp_path: Path) -> None:
    best, second = FakeSynthesiser("best"), FakeSynthesiser("second", failure=Unavailable("no such voice"))
    speaker = Speaker([best, second], PromptCache(tmp_path))
    for voice in ("second/anna", "nobody", "second"):
        assert asyncio.run(speaker.say("hello", "en", voice)) == best.sound_of("hello")


def test_a_voice_does_not_speak_a_language_that_its_engine_does_not(tmp_path: Path) -> None:
    english, chinese = FakeSynthesiser("english"), FakeSynthesiser("chinese", languages=("zh",))
    speaker = Speaker([english, chinese], PromptCache(tmp_path))
    asyncio.run(speaker.say("你好", "zh", "english/anna"))
    assert english.rendered == []


@pytest.mark.parametrize("name", ["../up", "-x", "a b", "x" * 65])
def test_a_voices_name_is_no_option_and_no_path(tmp_path: Path, name: str) -> None:
    speaker = Speaker([FakeSynthesiser()], PromptCache(tmp_path))
    with pytest.raises(UsageError):
        asyncio.run(speaker.say("hello", "en", f"fake/{name}"))


def test_what_is_not_to_be_kept_leaves_no_file(tmp_path: Path) -> None:
    fake = FakeSynthesiser()
    speaker = Speaker([fake], PromptCache(tmp_path))
    for _ in range(2):
        assert asyncio.run(speaker.say("two dollars", "en", keep=False)) == fake.sound_of("two dollars")
    assert len(fake.rendered) == 2
    assert list(tmp_path.rglob("*")) == []
