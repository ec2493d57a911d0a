from __future__ import annotations

import pytest

from voicecore.config.reading import settings_of
from voicecore.config.settings import CanarySettings
from voicecore.config.source import Source
from voicecore.errors import ConfigError


def number(canary: str) -> str:
    return f'[[number]]\nmatch = "1"\nflow = "old:main"\ncanary = {canary}\n'


def test_a_number_names_its_canary_and_its_share() -> None:
    settings = settings_of(Source.parse(number('{ flow = "new:main", share = 0.25 }'), "a.toml"))
    assert settings.numbers[0].canary == CanarySettings("new:main", 0.25)


@pytest.mark.parametrize(
    ("canary", "problem"),
    [
        ("{ share = 0.5 }", "flow: is missing"),
        ('{ flow = "main" }', "names no function"),
        ('{ flow = "new:main", share = 2 }', "not a number from 0 to 1"),
        ('{ flow = "new:main", part = 0.1 }', "is not a known key"),
        ('"new:main"', "not a table"),
    ],
)
def test_a_canary_that_makes_no_sense_is_told_with_its_line(canary: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        settings_of(Source.parse(number(canary), "a.toml"))
    assert "a.toml:4: " in str(caught.value)
