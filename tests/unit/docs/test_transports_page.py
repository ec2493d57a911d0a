"""Every configuration of docs/transports.md is one that VoiceCore takes, and its defaults are the defaults."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.unit.docs.blocks import blocks_of
from voicecore.config.reading import settings_of
from voicecore.config.source import Source
from voicecore.transport.connection_limits import ConnectionLimits


def pages(root: Path) -> list[str]:
    return [b.text for b in blocks_of(root / "docs" / "transports.md", root) if b.tag == "toml"]


def test_every_configuration_is_taken(root: Path) -> None:
    read = [settings_of(Source.parse(text, "voicecore.toml")) for text in pages(root)]
    assert [one.transport for one in read[0].sip.listen] == ["udp", "tcp", "tls", "wss"]
    assert read[1].media.addresses == ("192.0.2.10", "2001:db8::10")
    assert read[2].sip.public_address == "sip.example.org"
    assert read[3].media.public_addresses == ("203.0.113.5",)
    assert read[4].tls.client_certificate == "required"


def test_the_defaults_are_told_as_they_are(root: Path) -> None:
    text = pages(root)[-1]
    settings = settings_of(Source.parse(text, "voicecore.toml"))
    assert settings.sip.connections == ConnectionLimits()
    assert set(tomllib.loads(text)["sip"]["connections"]) == set(ConnectionLimits.__dataclass_fields__)
