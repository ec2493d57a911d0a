"""[speech] recognisers and their models."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.config.reading import settings_of
from voicecore.config.recognition import RECOGNISERS, RecognitionSettings
from voicecore.config.source import Source
from voicecore.errors import ConfigError
from voicecore.speech.recognition.facts import ENGINES


def parse(text: str) -> RecognitionSettings:
    return settings_of(Source.parse(f"[speech]\n{text}", "a.toml")).speech.recognition


def test_nobody_is_understood_unless_a_recogniser_is_named() -> None:
    assert parse("").recognisers == ()
    assert RecognitionSettings().recognisers == ()


def test_everything_is_read() -> None:
    found = parse("""
        recognisers = ["whisper", "vosk"]
        recogniser_processes = 3
        whisper_models = { zh = "models/zh" }
        vosk_models = { en-GB = "models/gb", zh = "models/vosk-zh" }
    """)
    assert (found.recognisers, found.processes) == (("whisper", "vosk"), 3)
    assert found.models["whisper"] == {"zh": Path("models/zh")}
    assert found.models["vosk"] == {"en-GB": Path("models/gb"), "zh": Path("models/vosk-zh")}


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ('recognisers = ["wisper"]', "recognisers", "none of"),
        ('recognisers = ["whisper", "whisper"]', "recognisers", "twice"),
        ('recognisers = "whisper"', "recognisers", "not a list"),
        ('recognisers = ["vosk"]', "recognisers", "no model"),
        ('vosk_models = { en = "models/en" }', "vosk_models", "not among the recognisers"),
        ('recognisers = ["whisper"]\nwhisper_models = { en = 7 }', "whisper_models", "the number 7"),
        (
            'recognisers = ["whisper"]\nwhisper_models = { "English!" = "m" }',
            "whisper_models",
            "no language tag",
        ),
        ("recogniser_processes = 0", "recogniser_processes", "number 0"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(text: str, key: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(text)
    assert [(fault.key, problem in fault.problem) for fault in raised.value.faults] == [
        (f"speech.{key}", True)
    ]


def test_every_recogniser_that_can_be_named_is_known() -> None:
    assert set(RECOGNISERS) == set(ENGINES)
