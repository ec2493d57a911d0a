"""[pickup]: the codes, and what is wrong with them."""

from __future__ import annotations

import pytest

from voicecore.config.reading import settings_of
from voicecore.config.source import Source
from voicecore.errors import ConfigError
from voicecore.exchange.pickups import PickupCodes


def parse(text: str) -> PickupCodes:
    return settings_of(Source.parse(text, "voicecore.toml")).pickup


def test_codes_are_read() -> None:
    assert parse("") == PickupCodes("**", "*8")
    assert parse('[pickup]\ncode = "*97"\ngroup_code = "*98"') == PickupCodes("*97", "*98")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('code = "a"', "pickup.code"),
        ('code = ""', "pickup.code"),
        ('group_code = "12345678901234567"', "pickup.group_code"),
        ('group_code = "**"', "pickup.group_code"),
        ("prefix = 1", "pickup.prefix"),
    ],
)
def test_a_fault_names_its_key(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[pickup]\n{text}")
    assert [fault.key for fault in caught.value.faults] == [key]
