"""Every configuration of docs/browsers.md is one that VoiceCore takes, and its defaults are the defaults."""

from __future__ import annotations

from pathlib import Path

from tests.unit.docs.blocks import blocks_of
from voicecore.calls.browsers import PATIENCE_S
from voicecore.config.reader import load
from voicecore.config.reading import settings_of
from voicecore.config.source import Source


def test_every_configuration_is_taken(root: Path) -> None:
    texts = [b.text for b in blocks_of(root / "docs" / "browsers.md", root) if b.tag == "toml"]
    first, last = (settings_of(Source.parse(text, "voicecore.toml")).media for text in texts)
    assert (first.browser_port, first.browser_addresses) == (30000, ("203.0.113.5", "10.0.0.5"))
    assert last.browser_patience_s == 20


def test_the_defaults_are_told_as_they_are() -> None:
    settings = load(None)
    assert settings.media.browser_patience_s == PATIENCE_S == 10
    assert "ws://127.0.0.1:8088" in map(str, settings.sip.listen)
