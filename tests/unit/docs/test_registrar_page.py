"""The page about registrations tells the keys and defaults that the configuration has."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from tests.unit.docs.blocks import blocks_of
from voicecore.config.accounts import RegistrarSettings
from voicecore.config.reading import settings_of
from voicecore.config.source import Source


def test_the_pages_configuration_is_right(root: Path) -> None:
    (text,) = [b.text for b in blocks_of(root / "docs" / "registrar.md", root) if b.tag == "toml"]
    settings = settings_of(Source.parse(text, "voicecore.toml"))
    (alice,) = settings.accounts
    assert (alice.name, alice.numbers, alice.allow) == ("alice", ("1001",), ("+44.", "0XXX"))
    assert settings.registrar.domains == ("sip.example.org",)


def test_the_page_names_every_key_with_its_default(root: Path) -> None:
    page = (root / "docs" / "registrar.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for field in fields(RegistrarSettings):
        (row,) = [line for line in rows if f"`{field.name}`" in line.split("|")[1]]
        default = getattr(RegistrarSettings(), field.name)
        shown = [str(default)] if not isinstance(default, tuple) else [f'"{each}"' for each in default]
        assert all(each in row.split("|")[3] for each in shown), field.name
