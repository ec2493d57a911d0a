"""Says a text with the best synthesiser that can do it now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import structlog

from voicecore.errors import Unavailable
from voicecore.speech.cache import PromptCache, Rendering
from voicecore.speech.language import canonical
from voicecore.speech.pcm import Pcm
from voicecore.speech.synthesis import Synthesiser, speakable

_log = structlog.get_logger(__name__)


class Speaker:
    """`synthesisers` in order of preference; for a language, those of them that have a voice for it."""

    def __init__(self, synthesisers: Sequence[Synthesiser], cache: PromptCache) -> None:
        self._synthesisers = tuple(synthesisers)
        self._cache = cache

    def speaks(self, language: str) -> bool:
        """Whether any synthesiser has a voice for the language; not whether it is installed."""
        return any(synthesiser.voice_for(language) for synthesiser in self._synthesisers)

    async def say(self, text: str, language: str) -> Pcm:
        """The text spoken, from the cache where it was said before.

        Raises Unavailable with everything that was tried; UsageError for no text, or one that is too long.
        """
        line, language = speakable(text), canonical(language)
        tried: list[str] = []
        for synthesiser in self._synthesisers:
            voice = synthesiser.voice_for(language)
            if voice is None:
                continue
            rendering = Rendering(synthesiser.name, voice, language, line)
            try:
                return await self._cache.sound(rendering, partial(_render, synthesiser, rendering))
            except Unavailable as error:
                _log.warning("synthesiser failed", synthesiser=synthesiser.name, reason=str(error))
                tried.append(f"{synthesiser.name}: {error}")
        reasons = "; ".join(tried) or "no synthesiser has a voice for it"
        raise Unavailable(f"cannot speak {language}: {reasons}")


async def _render(synthesiser: Synthesiser, rendering: Rendering) -> Pcm:
    return await synthesiser.render(rendering.text, rendering.language, rendering.voice)
