"""docs/codecs.md names every codec, its configuration is taken, and its table tells the defaults."""

from __future__ import annotations

from pathlib import Path

from tests.unit.docs.blocks import blocks_of
from voicecore.config.reading import settings_of
from voicecore.config.source import Source
from voicecore.sdp.codecs import ALL, BROWSER_CODECS, CODECS, G722, OPUS, PCMA, PCMU
from voicecore.sdp.opus import USUAL

PAGE = Path("docs") / "codecs.md"


def test_the_configuration_is_taken_and_its_figures_are_the_defaults(root: Path) -> None:
    (block,) = [block for block in blocks_of(root / PAGE, root) if block.tag == "toml"]
    media = settings_of(Source.parse(block.text, "voicecore.toml")).media
    assert media.opus == USUAL
    assert media.codecs == media.browser_codecs == (OPUS, G722, PCMU, PCMA)


def test_every_codec_is_in_the_table_and_the_order_of_offers_is_told(root: Path) -> None:
    text = (root / PAGE).read_text(encoding="utf-8")
    assert all(f"`{codec.label}`" in text for codec in ALL)
    assert (CODECS, BROWSER_CODECS) == ((PCMU, PCMA, G722, OPUS), (OPUS, G722, PCMU, PCMA))
