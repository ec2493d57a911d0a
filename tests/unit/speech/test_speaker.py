from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.errors import Unavailable, UsageError
from voicecore.speech.cache import PromptCache
from voicecore.speech.child_program import TooSlow
from voicecore.speech.speaker import REST_S, Speaker


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


def test_a_slow_synthesiser_is_passed_over_for_a_while(tmp_path: Path) -> None:
    time = 1000.0
    slow, quick = FakeSynthesiser("slow", failure=TooSlow("30 s")), FakeSynthesiser("quick")
    speaker = Speaker([slow, quick], PromptCache(tmp_path), lambda: time)
    for text in ("one", "two", "three"):
        assert asyncio.run(speaker.say(text, "en")) == quick.sound_of(text)
    assert slow.rendered == ["one"]
    slow.failure = None
    time += REST_S
    assert asyncio.run(speaker.say("four", "en")) == slow.sound_of("four")


def test_nothing_to_say_is_the_callers_fault(tmp_path: Path) -> None:
    speaker = Speaker([FakeSynthesiser()], PromptCache(tmp_path))
    with pytest.raises(UsageError):
        asyncio.run(speaker.say("  ", "en"))
