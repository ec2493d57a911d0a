"""The page about watching tells the keys and defaults that the configuration has."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tests.unit.docs.blocks import blocks_of
from voicecore.config.reading import settings_of
from voicecore.config.source import Source
from voicecore.exchange.pickups import USUAL_CODES
from voicecore.subscriptions.packages.registry import PACKAGES
from voicecore.subscriptions.settings import MessageRules, SubscriptionRules


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "watching.md").read_text(encoding="utf-8")


def test_the_pages_configuration_is_right(root: Path) -> None:
    text, pickup = [b.text for b in blocks_of(root / "docs" / "watching.md", root) if b.tag == "toml"]
    settings = settings_of(Source.parse(text, "voicecore.toml"))
    assert settings.accounts[0].watch == ("alice", "sales-*")
    assert settings.subscriptions == SubscriptionRules(max_a_watcher=100, shows_remote=True)
    settings = settings_of(Source.parse(pickup, "voicecore.toml"))
    assert settings.pickup == USUAL_CODES
    assert settings.accounts[0].pickup == ("sales-*",)


def test_the_page_names_every_key_with_its_default(page: str) -> None:
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for field in fields(SubscriptionRules):
        if field.name == "retry_after_s":
            continue  # is no key
        (row,) = [line for line in rows if f"`{field.name}`" in line.split("|")[1]]
        default = getattr(SubscriptionRules(), field.name)
        assert str(default).lower() in row.split("|")[3], field.name


def test_the_page_names_every_package_and_the_limit_of_messages(page: str) -> None:
    assert all(f"`{name}`" in page for name in PACKAGES)
    assert f"At most {MessageRules().max_body} octets" in page
