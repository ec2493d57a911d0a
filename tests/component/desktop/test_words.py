"""What the server names by its own words has words in every language of the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voicecore.calls.journal import EventKind
from voicecore.store.records import CallEnd


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_every_outcome_and_every_step_has_words(root: Path, language: str) -> None:
    catalogue = root / "voicecore" / "desktop" / "src" / "i18n" / f"{language}.json"
    words = json.loads(catalogue.read_text(encoding="utf-8"))
    assert set(words["outcome"]) == {end.value for end in CallEnd}
    assert set(words["step"]) == {kind.value for kind in EventKind}
